import { expect, test } from 'vitest';
import { KernelError } from './errno.ts';
import { recordingKernel } from './recording.ts';

test('what is asked is recorded in order, with its arguments', () => {
  const { kernel, calls } = recordingKernel();
  kernel.mkdirat(5, 'a', 0o755);
  kernel.close(5);
  expect(calls).toEqual([
    ['mkdirat', 5, 'a', 0o755],
    ['close', 5],
  ]);
});

test('a call is answered as told: each answer once, the last ever after, and 0 without any', () => {
  const { kernel } = recordingKernel({ openat: [7, 8] });
  const open = () => kernel.openat(-100, '/', 0);
  expect([open(), open(), open()]).toEqual([7, 8, 8]);
  expect(kernel.memfdCreate('x', 0)).toBe(0);
});

test('a negative answer is a failure, as in the kernel', () => {
  const { kernel, calls } = recordingKernel({ mkdirat: [-17, 0] });
  const make = () => kernel.mkdirat(5, 'a', 0o755);
  expect(make).toThrow(
    expect.objectContaining({ call: 'mkdirat', errno: 17, message: expect.stringContaining('EEXIST') }),
  );
  expect(make).not.toThrow();
  expect(calls).toHaveLength(2);
  expect(() => recordingKernel({ close: [-9] }).kernel.close(1)).toThrow(KernelError);
});

test('two recordings know nothing of each other', () => {
  const [one, other] = [recordingKernel({ openat: [3, 4] }), recordingKernel({ openat: [3, 4] })];
  one.kernel.openat(-100, '/', 0);
  expect(other.kernel.openat(-100, '/', 0)).toBe(3);
  expect(other.calls).toHaveLength(1);
});
