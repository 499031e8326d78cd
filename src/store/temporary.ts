// Things in the making lie in `tmp/` under names that carry the process that makes them, so that a later command can tell
// what was left behind by one that was killed.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from './store.ts';

let count = 0;

/** When the process started, in clock ticks since boot: with the pid it names a process for good (proc_pid_stat(5), 22). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** A name that nobody else uses, for a file or folder to be made. */
export function temporaryPath({ root }: Pick<Store, 'root'>): string {
  count += 1;
  return join(root, 'tmp', `${process.pid}-${startOf(process.pid)}-${count}`);
}

/** Removes what processes that are gone left in `tmp/`. */
export function sweepTemporary({ root }: Pick<Store, 'root'>): void {
  const folder = join(root, 'tmp');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const [pid, start] = name.split('-');
    if (startOf(Number(pid)) !== start) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
