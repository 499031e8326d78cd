// The records of containers: names are taken and given up in the database; whether a container runs, its folder says
// (bundles.ts). A record without a folder is of a container that removed itself when it ended, and counts as gone.
import { TsdockerError } from '../error.ts';
import type { ChainID, Digest } from '../image/digest.ts';
import { plainOptions } from '../spec/plain-options.ts';
import type { Healthcheck, PublishedPort, RunOptions } from '../spec/run-options.ts';
import { type BundleState, readBundleState } from './bundles.ts';
import type { Store } from './store.ts';

/** What was asked for, and what the image added to it: what `start`, `inspect` and the restarts go by. */
export interface ContainerSettings {
  readonly options: RunOptions;
  /** As signal(7) spells it: `SIGTERM`. */
  readonly stopSignal: string;
  /** The image's and the options' together. */
  readonly healthcheck?: Healthcheck;
  /** What people know as the image's id. */
  readonly imageId: Digest | '';
  /** The user to run as, before it is looked up in the container's root. */
  readonly user: string;
  /** Paths that keep storage of the container's own. */
  readonly volumes: readonly string[];
  /** What is published, the image's ports with `--publish-all` as well. */
  readonly ports: readonly PublishedPort[];
  /** Ports that the image or the options name: `80/tcp`. */
  readonly exposed: readonly string[];
}

export interface ContainerRecord {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly command: readonly string[];
  /** The digest of the image's manifest. Empty where nobody knows any more. */
  readonly imageDigest: Digest | '';
  /** The image's layers, the lowest first: they stay as long as the container does. */
  readonly chain: readonly ChainID[];
  readonly settings: ContainerSettings;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly created_at: number;
  readonly command: string;
  readonly image_digest: string;
  readonly chain: string;
  readonly settings: string;
}

const rows = (store: Store, sql: string, ...values: string[]): Row[] =>
  store.database.sql.prepare(sql).all(...values) as unknown as Row[];

const recordOf = (row: Row): ContainerRecord => ({
  id: row.id,
  name: row.name,
  image: row.image,
  createdAt: row.created_at,
  command: JSON.parse(row.command),
  imageDigest: row.image_digest as Digest | '',
  chain: JSON.parse(row.chain),
  settings: readSettings(row.settings),
});

/** Of a container that an older tsdocker made, nothing is known. */
function readSettings(text: string): ContainerSettings {
  const { options, ...rest } = JSON.parse(text) as Partial<ContainerSettings>;
  return {
    stopSignal: 'SIGTERM',
    imageId: '',
    user: '',
    volumes: [],
    ports: [],
    exposed: [],
    ...rest,
    options: { ...plainOptions, ...options },
  };
}

/**
 * Throws `conflict` where the name is taken by a container that is still there, and `notFound` where the image was removed
 * since it was looked up: from here on its layers stay.
 */
export function recordContainer(store: Store, container: ContainerRecord): void {
  const { id, name, image, createdAt, command, imageDigest, chain, settings } = container;
  store.database.transaction(() => {
    if (rows(store, 'SELECT * FROM images WHERE manifest_digest = ?', imageDigest).length === 0) {
      throw new TsdockerError('notFound', `the image ${image} was removed at this moment`);
    }
    const holder = rows(store, 'SELECT * FROM containers WHERE name = ?', name)[0];
    if (holder !== undefined) {
      if (readBundleState(store, holder.id) !== undefined) {
        throw new TsdockerError('conflict', `the name ${name} is taken by the container ${holder.id.slice(0, 12)}`, {
          hint: `remove it with tsdocker rm ${name}, or choose another name`,
        });
      }
      forgetContainer(store, holder.id);
    }
    store.database.sql
      .prepare('INSERT INTO containers VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        id,
        name,
        image,
        createdAt,
        JSON.stringify(command),
        imageDigest,
        JSON.stringify(chain),
        JSON.stringify(settings),
      );
  });
}

/** The record of a container by its whole id. */
export function containerOf(store: Store, id: string): ContainerRecord | undefined {
  const row = rows(store, 'SELECT * FROM containers WHERE id = ?', id)[0];
  return row === undefined ? undefined : recordOf(row);
}

/** Whether a container of that name is there, or about to be. */
export function isNameTaken(store: Store, name: string): boolean {
  return rows(store, 'SELECT * FROM containers WHERE name = ?', name).length > 0;
}

/** Nothing happens where there is no such container. */
export function updateSettings(store: Store, id: string, settings: ContainerSettings): void {
  store.database.sql.prepare('UPDATE containers SET settings = ? WHERE id = ?').run(JSON.stringify(settings), id);
}

export function forgetContainer(store: Store, id: string): void {
  store.database.sql.prepare('DELETE FROM containers WHERE id = ?').run(id);
}

/** Drops the records of containers that removed themselves when they ended. */
export function forgetGone(store: Store): void {
  for (const { id } of rows(store, 'SELECT * FROM containers')) {
    if (readBundleState(store, id) === undefined) forgetContainer(store, id);
  }
}

export interface ListedContainer {
  readonly record: ContainerRecord;
  readonly state: BundleState;
}

/** All containers, the newest first. */
export function listContainers(store: Store): ListedContainer[] {
  return rows(store, 'SELECT * FROM containers ORDER BY created_at DESC').flatMap((row) => {
    const state = readBundleState(store, row.id);
    return state === undefined ? [] : [{ record: recordOf(row), state }];
  });
}

/** By name, id, or the beginning of an id. Throws `notFound`, and `usage` where several ids begin so. */
export function findContainer(store: Store, text: string): ListedContainer {
  const containers = listContainers(store);
  const exact = containers.find(({ record }) => record.name === text || record.id === text);
  if (exact !== undefined) return exact;
  const matching = /^[a-f0-9]+$/.test(text) ? containers.filter(({ record }) => record.id.startsWith(text)) : [];
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1)
    throw new TsdockerError('usage', `${matching.length} containers have ids that begin with ${text}`);
  throw new TsdockerError('notFound', `there is no container ${text}`, { hint: 'tsdocker ps -a lists them all' });
}
