// Starting a native program from the host side: clone3 with the descriptors it finds and the cgroup it starts in.
// child_process would cost 3 ms and its loading (design, 2.6); this costs the clone.
import { KernelError } from './errno.ts';
import { native, unpin } from './ffi.ts';
import { cString } from './invoke.ts';
import { structure } from './memory.ts';

export interface Spawn {
  /** A descriptor of the program to execute; stays the caller's. */
  readonly executable: number;
  readonly argv: readonly string[];
  readonly environment?: readonly string[];
  /** What the child finds as descriptors 0, 1, 2, …; at most 16. They stay the caller's. */
  readonly descriptors: readonly number[];
  /** A descriptor of the cgroup v2 folder to start in. */
  readonly cgroup?: number;
  /** CLONE_NEW… flags: namespaces the program starts in. */
  readonly namespaces?: number;
}

/** Starts the program and returns its pid; the caller reaps it. Throws KernelError where the clone fails. */
export function spawn({ executable, argv, environment = [], descriptors, cgroup = -1, namespaces = 0 }: Spawn): number {
  const { spawn: start, addressOf } = native();
  const pointers = (texts: readonly string[]): bigint =>
    addressOf(structure(...texts.map((text) => [8, addressOf(cString(text))] as const), [8, 0]));
  const description = structure(
    [4, executable],
    [4, cgroup],
    [8, pointers(argv)],
    [8, pointers(environment)],
    [8, addressOf(structure(...descriptors.map((descriptor) => [4, descriptor] as const), [4, 0]))],
    [8, descriptors.length],
    [8, namespaces],
  );
  const pid = Number(start(addressOf(description)));
  unpin();
  if (pid < 0) throw new KernelError('clone3', -pid, [argv[0]]);
  return pid;
}
