// Which image each name stands for, all at once: a list of containers asks for all of them.
import type { Digest } from '../image/digest.ts';
import type { Store } from './store.ts';

/** Ids by `domain/path:tag` and `domain/path@digest`. */
export function imageIdsByName(store: Store): ReadonlyMap<string, Digest> {
  const rows = store.database.sql
    .prepare('SELECT reference, config_digest FROM names JOIN images USING (manifest_digest)')
    .all();
  return new Map(rows.map((row) => [row.reference as string, row.config_digest as Digest]));
}
