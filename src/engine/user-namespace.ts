// A new user namespace with its id maps, ready to be joined by a launch program (user_namespaces(7)). A process that does
// nothing holds it until then; the maps are written from the host's side, which may map any id.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { nativeFolder } from '../kernel/native.ts';
import { spawn } from '../kernel/spawn.ts';
import type { IdMapping } from '../spec/types.ts';

/** Exists until it is disposed of, and from then on for as long as a process is in it. */
export interface UserNamespace extends Disposable {
  /** Where it can be opened. */
  readonly path: string;
  /** Where the network namespace that it owns can be opened: for a container that gets one, whose root may then change it. */
  readonly network: string;
}

const mapText = (mappings: readonly IdMapping[]): string =>
  mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');

/** Throws `usage` where the kernel refuses a map. */
export function createUserNamespace(uids: readonly IdMapping[], gids: readonly IdMapping[]): UserNamespace {
  const [ours, theirs] = kernel.socketpair(k.SOCK_STREAM);
  const executable = kernel.openat(k.AT_FDCWD, join(nativeFolder, 'tsdocker-steps'), k.O_PATH);
  let pid: number;
  try {
    pid = spawn({
      executable,
      argv: ['tsdocker-steps'],
      descriptors: [theirs],
      namespaces: k.CLONE_NEWUSER | k.CLONE_NEWNET,
    });
  } catch (error) {
    kernel.close(ours);
    throw error;
  } finally {
    kernel.close(executable);
    kernel.close(theirs);
  }
  const end = (): void => {
    kernel.close(ours);
    kernel.wait4(pid);
  };
  for (const [file, mappings] of [
    ['uid_map', uids],
    ['gid_map', gids],
  ] as const) {
    try {
      writeFileSync(`/proc/${pid}/${file}`, mapText(mappings));
    } catch (cause) {
      end();
      throw new TsdockerError(
        'usage',
        `the kernel refuses the ${file} ${mapText(mappings).trim().replaceAll('\n', ', ')}`,
        {
          cause,
          hint: 'ranges must not overlap, and must begin with id 0 of the container',
        },
      );
    }
  }
  return { path: `/proc/${pid}/ns/user`, network: `/proc/${pid}/ns/net`, [Symbol.dispose]: end };
}
