// Another name for a container: taken in the database, which is where names are kept, and then told to its bundle, where the shim
// reads it for the events.
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { bundlePath, readBundleState, writeBundleFile } from './bundles.ts';
import { type ContainerRecord, forgetContainer } from './containers.ts';
import { eventAttributesFile, readEventAttributes } from './events.ts';
import type { Store } from './store.ts';

/** Throws `conflict` where a container that is there has the name, and `notFound` where this one is gone by now. */
export function renameContainer(store: Store, record: ContainerRecord, name: string): void {
  const { sql } = store.database;
  store.database.transaction(() => {
    const holder = sql.prepare('SELECT id FROM containers WHERE name = ?').get(name)?.id as string | undefined;
    if (holder !== undefined) {
      if (readBundleState(store, holder) !== undefined) throw taken(name, holder);
      forgetContainer(store, holder);
    }
    const { changes } = sql.prepare('UPDATE containers SET name = ? WHERE id = ?').run(name, record.id);
    if (Number(changes) === 0)
      throw new TsdockerError('notFound', `the container ${record.name} was removed at this moment`);
    // Inside the transaction: of two renames at once, the later one has the last word here too.
    rewriteAttributes(store, { ...record, name });
  });
}

const taken = (name: string, holder: string): TsdockerError =>
  new TsdockerError('conflict', `the name ${name} is taken by the container ${holder.slice(0, 12)}`, {
    hint: `remove or rename that one first, or choose another name`,
  });

/** The shim may read the file at any moment: it is replaced, and never half. */
function rewriteAttributes(store: Store, record: ContainerRecord): void {
  const path = bundlePath(store, record.id);
  const file = join(path, eventAttributesFile);
  if (!existsSync(file)) return;
  try {
    writeBundleFile(
      { path },
      `${eventAttributesFile}.new`,
      JSON.stringify(readEventAttributes(store, record)).slice(1, -1),
    );
    renameSync(`${file}.new`, file);
  } catch {
    // It is being removed, or cannot be written: what events say is not worth failing for.
  }
}
