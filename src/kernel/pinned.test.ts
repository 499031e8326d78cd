// Memory that the kernel is given the address of, on the running kernel.
import { expect, test } from 'vitest';
import { MSG_DONTWAIT, SOCK_STREAM } from './constants.ts';
import { kernel } from './index.ts';

test('what a message points to is there until it is sent, however often memory is collected meanwhile', () => {
  const [ours, theirs] = kernel.socketpair(SOCK_STREAM);
  try {
    const got = new Uint8Array(128);
    let wrong = 0;
    for (let round = 0; round < 40_000 && wrong === 0; round++) {
      const sent = new Uint8Array(40).fill(7);
      if (kernel.sendDescriptor(ours, sent, 1) !== 40) wrong++;
      if (kernel.recv(theirs, got, MSG_DONTWAIT) !== 40 || got.subarray(0, 40).some((byte) => byte !== 7)) wrong++;
    }
    expect(wrong).toBe(0);
  } finally {
    kernel.close(ours);
    kernel.close(theirs);
  }
});
