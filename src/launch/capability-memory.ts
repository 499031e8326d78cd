// The two structures of capset(2), version 3: two words a set, low capabilities first, the words of the three sets alternating.
import { CAPABILITY_VERSION_3 } from '../kernel/constants.ts';
import { type Memory, memory } from './program.ts';

export interface CapabilitySets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

export function capabilityMemory({ effective, permitted, inheritable }: CapabilitySets): {
  header: Memory;
  sets: Memory;
} {
  const sets = [effective, permitted, inheritable];
  const words = [0n, 32n].flatMap((shift) => sets.map((set) => [4, Number((set >> shift) & 0xffffffffn)] as const));
  const [e, p, i] = sets.map((set) => `0x${set.toString(16)}`);
  return {
    header: memory('{_LINUX_CAPABILITY_VERSION_3, 0}', [4, CAPABILITY_VERSION_3], [4, 0]),
    sets: memory(`{effective=${e}, permitted=${p}, inheritable=${i}}`, ...words),
  };
}
