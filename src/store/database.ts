// The database of a store: the mutable facts that several processes share (design, 2.5). It stands on the way of `run`,
// so nothing but node:sqlite is loaded, and that only when a database is opened: a start-up snapshot cannot hold it
// (sqlite.org: wal.html, lang_transaction.html, "pragma user_version").
import { chmodSync, existsSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { TsdockerError } from '../error.ts';
import { migrate } from './migrate.ts';
import { schema, version } from './schema.ts';

const sqlite = () => process.getBuiltinModule('node:sqlite');

export interface Database extends Disposable {
  readonly sql: DatabaseSync;
  /** Runs `action` alone among all writers (BEGIN IMMEDIATE); what it throws undoes its writes. It must not be asynchronous. */
  transaction<T>(action: () => T): T;
}

/** How long a writer waits for another. Without this and BEGIN IMMEDIATE, 95 of 100 competing transactions fail. */
const busyTimeout = 10_000;

/** Opens the database of the store in `root`, which exists; makes it where it is missing and brings an older one up to date. The caller closes it. */
export function openDatabase(root: string): Database {
  const path = join(root, 'tsdocker.db');
  if (!existsSync(path)) createDatabase(root, path);
  const sql = new (sqlite().DatabaseSync)(path, { timeout: busyTimeout });
  try {
    requireVersion(sql, root, path);
  } catch (error) {
    sql.close();
    throw error;
  }
  // In WAL mode a power cut may then take the last commits with it, but never the consistency (pragma synchronous).
  sql.exec('PRAGMA synchronous = NORMAL');
  return {
    sql,
    transaction: (action) => alone(sql, action),
    [Symbol.dispose]: () => sql.close(),
  };
}

function alone<T>(sql: DatabaseSync, action: () => T): T {
  sql.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    sql.exec('COMMIT');
    return result;
  } catch (error) {
    if (sql.isTransaction) sql.exec('ROLLBACK');
    throw error;
  }
}

const versionOf = (sql: DatabaseSync): number => Number(sql.prepare('PRAGMA user_version').get()?.user_version);

function requireVersion(sql: DatabaseSync, root: string, path: string): void {
  if (versionOf(sql) === version) return;
  // Asked again inside: another process may have migrated it while we waited.
  const found = alone(sql, () => {
    const before = versionOf(sql);
    return before > 0 && before < version ? migrate(sql, root, before) : before;
  });
  if (found === version) return;
  throw new TsdockerError('unsupported', `${path} has version ${found}, and this tsdocker knows version ${version}`, {
    hint: 'a newer tsdocker made it: use that one',
  });
}

/** The database appears whole, by link(2): whoever opens it at the same moment finds all of it or makes the same. */
function createDatabase(root: string, path: string): void {
  const folder = mkdtempSync(join(root, '.database-'));
  try {
    const unfinished = join(folder, 'new.db');
    const sql = new (sqlite().DatabaseSync)(unfinished);
    sql.exec('PRAGMA journal_mode = WAL');
    sql.exec(`BEGIN; ${schema} PRAGMA user_version = ${version}; COMMIT`);
    sql.close();
    chmodSync(unfinished, 0o600); // commands of containers are in it; the WAL's files get the same mode
    linkSync(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
