// How many containers have records: with the number of folders it says whether anything is left to sweep up.
import type { Store } from './store.ts';

/** Those of containers that removed themselves included. */
export const countContainers = (store: Store): number =>
  Number(store.database.sql.prepare('SELECT count(*) AS number FROM containers').get()!.number);
