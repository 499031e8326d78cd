import { describe, expect, test } from 'vitest';
import { AT_EMPTY_PATH, O_CLOEXEC } from './constants.ts';
import { deviceNumber } from './files.ts';
import { readUint32 } from './memory.ts';
import { recordingKernel } from './recording.ts';

describe('a device number', () => {
  /** The low 32 bits as the kernel reads them: include/linux/kdev_t.h, new_decode_dev. */
  const decode = (device: bigint): [number, number] => {
    const dev = Number(device & 0xffffffffn);
    return [(dev & 0xfff00) >> 8, ((dev & 0xff) | ((dev >> 12) & 0xfff00)) >>> 0];
  };

  test.each([
    // makedev(3) of the C library.
    [0, 0, 0n],
    [1, 3, 0x103n],
    [5, 2, 0x502n],
    [10, 200, 0xac8n],
    [8, 1, 0x801n],
    [259, 0, 0x10300n],
    [259, 256, 0x110300n],
    [136, 1_048_575, 0xfff088ffn],
    [4095, 255, 0xfffffn],
    [4096, 0, 0x100000000000n],
  ])('of %i, %i', (major, minor, expected) => {
    expect(deviceNumber(major, minor)).toBe(expected);
    if (major < 4096) expect(decode(expected)).toEqual([major, minor]);
  });
});

describe('descriptors that are opened', () => {
  test('are closed when a program is executed', () => {
    const { kernel, calls } = recordingKernel();
    kernel.openat(-100, '/a', 0);
    kernel.openat2(-100, '/a', 0, 4);
    expect(calls[0]![3]).toBe(O_CLOEXEC);
    const how = calls[1]![3] as Uint8Array;
    expect(how.byteLength).toBe(24);
    expect(readUint32(how, 0)).toBe(O_CLOEXEC);
    expect(readUint32(how, 16)).toBe(4);
    expect(calls[1]![4]).toBe(24);
  });

  test('inside a root are tried again while somebody renames beside them', () => {
    const { kernel, calls } = recordingKernel({ openat2: [-11, -11, 7] });
    expect(kernel.openat2(-100, '/a', 0, 0)).toBe(7);
    expect(calls).toHaveLength(3);
  });

  test('are not tried again for ever, and not after another failure', () => {
    const busy = recordingKernel({ openat2: [-11] });
    expect(() => busy.kernel.openat2(-100, '/a', 0, 0)).toThrow('EAGAIN');
    expect(busy.calls.length).toBeLessThan(200);
    const missing = recordingKernel({ openat2: [-2] });
    expect(() => missing.kernel.openat2(-100, '/a', 0, 0)).toThrow('ENOENT');
    expect(missing.calls).toHaveLength(1);
  });
});

test('the owner of a descriptor itself is changed by an empty name', () => {
  const { kernel, calls } = recordingKernel();
  kernel.fchownat(5, '', 1, 2, 0x100);
  kernel.fchownat(5, 'a', 1, 2, 0x100);
  expect(calls).toEqual([
    ['fchownat', 5, '', 1, 2, 0x100 | AT_EMPTY_PATH],
    ['fchownat', 5, 'a', 1, 2, 0x100],
  ]);
});

test.each([
  [0n, 0n, 0n],
  [1_500_000_000n, 1n, 500_000_000n],
  [-1n, -1n, 999_999_999n],
  [-1_500_000_000n, -2n, 500_000_000n],
  [-2_000_000_000n, -2n, 0n],
])('%i nanoseconds are %i seconds and %i nanoseconds', (at, seconds, nanoseconds) => {
  const { kernel, calls } = recordingKernel();
  kernel.utimensat(5, 'a', at, 7n, 0);
  const times = calls[0]![3] as Uint8Array;
  const view = new DataView(times.buffer);
  expect([0, 8, 16, 24].map((place) => view.getBigInt64(place, true))).toEqual([seconds, nanoseconds, 0n, 7n]);
});
