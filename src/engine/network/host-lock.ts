// What several stores of one machine change together, its bridges and its packet filter, is changed by one command at a time
// (flock(2)). The lock is held for milliseconds, and a command that is killed gives it up.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import * as k from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';

const folder = '/run/tsdocker';

/** Runs `action`, which must be short and not wait for anybody, while no other command is in here. */
export function underHostLock<T>(action: () => T): T {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = openSync(`${folder}/network.lock`, 'a', 0o600);
  try {
    kernel.flock(lock, k.LOCK_EX);
    return action();
  } finally {
    closeSync(lock);
  }
}
