import { expect, test } from 'vitest';
import {
  capabilitiesIn,
  capabilityBit,
  capabilityMask,
  capabilityNames,
  unavailableCapabilities,
} from './capabilities.ts';

test('the bit numbers are those of linux/capability.h', () => {
  const samples = { CAP_CHOWN: 0, CAP_SETPCAP: 8, CAP_SYS_ADMIN: 21, CAP_MKNOD: 27, CAP_CHECKPOINT_RESTORE: 40 };
  for (const [name, bit] of Object.entries(samples)) expect(capabilityBit(name)).toBe(bit);
  expect(capabilityNames).toHaveLength(41);
});

test('a mask and its names lead back to each other', () => {
  const names = ['CAP_CHOWN', 'CAP_SYS_ADMIN', 'CAP_CHECKPOINT_RESTORE'];
  expect(capabilityMask(names)).toBe(0x10000200001n);
  expect(capabilitiesIn(0x10000200001n)).toEqual(names);
  expect(capabilitiesIn(2n ** 41n - 1n)).toEqual(capabilityNames);
  expect(capabilitiesIn(2n ** 63n)).toEqual([]);
});

test('a capability outside the bounding set is unavailable', () => {
  const withoutResource = 0x1fffeffffffn;
  expect(unavailableCapabilities(['CAP_CHOWN', 'CAP_SYS_RESOURCE'], withoutResource)).toEqual(['CAP_SYS_RESOURCE']);
});

test('a name that is no capability is refused', () => {
  expect(() => capabilityBit('CAP_ROOT')).toThrow('there is no capability CAP_ROOT');
});
