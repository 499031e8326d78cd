// What has to be undone when the bench ends, however it ends: at its usual place, or by SIGINT or SIGTERM. What a killed one
// left under build/bench is removed by the next.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const pending: (() => Promise<void>)[] = [];

/** Has `action` done once: by the function that is returned, or when a signal ends the bench. */
export function undoLater(action: () => Promise<void> | void): () => Promise<void> {
  let done: Promise<void> | undefined;
  const undo = (): Promise<void> => {
    done ??= Promise.resolve(action()).finally(() => pending.splice(pending.indexOf(undo), 1));
    return done;
  };
  pending.push(undo);
  return undo;
}

/** The last one first, as they depend on each other. */
async function undoAll(): Promise<void> {
  for (const undo of pending.toReversed()) await undo().catch((error: unknown) => console.error(`bench: ${error}`));
}

for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 })) {
  process.once(signal, () => void undoAll().then(() => process.exit(128 + number)));
}

export interface OwnFolder extends Disposable {
  readonly path: string;
}

/** A folder of this process, removed with all that is mounted in it; those of dead processes go first. */
export function makeOwnFolder(parent: string, kind: string): OwnFolder {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const [, left, pid] = /^([a-z]+)-(\d+)-/.exec(name) ?? [];
    if (left === kind && !existsSync(`/proc/${pid}`)) removeStore(join(parent, name));
  }
  const path = mkdtempSync(join(parent, `${kind}-${process.pid}-`));
  const remove = undoLater(() => removeStore(path));
  return { path, [Symbol.dispose]: () => void remove() };
}

/** Removes a folder with all that may be in the way: mounts that an engine left in it. */
export function removeStore(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) execFileSync('umount', ['-l', path]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
