// The records of networks. A record says what a network is to be; the bridge and what belongs to it are made when a container first
// needs them (engine/network). `bridge`, `host` and `none` are always there.
import { TsdockerError } from '../error.ts';
import { kernel } from '../kernel/index.ts';
import type { Store } from './store.ts';

export interface NetworkSubnet {
  /** `172.18.0.0/16`. */
  readonly subnet: string;
  /** The bridge's own address, inside the subnet. */
  readonly gateway: string;
  /** The part of the subnet that addresses are leased from, where nobody asks for one. */
  readonly ipRange?: string;
  /** Addresses that others have, by whatever people call those. */
  readonly auxAddresses?: Readonly<Record<string, string>>;
}

export interface NetworkSettings {
  /** At most one a family. Of `bridge` none, until it is first used: useSubnets. */
  readonly subnets: readonly NetworkSubnet[];
  /** Nothing of it leaves the host, and nothing comes in. */
  readonly internal: boolean;
  readonly ipv6: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** As they were given: `com.docker.network.bridge.name`. */
  readonly options: Readonly<Record<string, string>>;
  /** The name of the bridge's interface; empty where the network has none. */
  readonly link: string;
  readonly mtu?: number;
}

export interface NetworkRecord {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly driver: 'bridge' | 'host' | 'null';
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly settings: NetworkSettings;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly created_at: number;
  readonly settings: string;
}

const rows = (store: Pick<Store, 'database'>, sql: string, ...values: (string | number)[]): Row[] =>
  store.database.sql.prepare(sql).all(...values) as unknown as Row[];

const recordOf = (row: Row): NetworkRecord => ({
  id: row.id,
  name: row.name,
  driver: row.driver as NetworkRecord['driver'],
  createdAt: row.created_at,
  settings: JSON.parse(row.settings),
});

/** The driver of each; the drivers `host` and `null` have no other networks. */
const predefined: Readonly<Record<string, NetworkRecord['driver']>> = { bridge: 'bridge', host: 'host', none: 'null' };

export const isPredefined = (name: string): boolean => Object.hasOwn(predefined, name);

/** The interface of the network `bridge`, of the first store of a machine that uses it. */
export const usualLink = 'tsd0';

/** The interface of another one, unless its creator names it: 15 characters, as many as the kernel takes. */
export const linkOf = (id: string): string => `tsd-${id.slice(0, 11)}`;

/** A new id: random, as the ids of containers are. */
export const newNetworkId = (): string => Buffer.from(kernel.getrandom(32)).toString('hex');

/** `bridge`, `host` and `none`, made where they are missing. Not inside a transaction. */
export function predefinedNetworks(store: Pick<Store, 'database'>): NetworkRecord[] {
  const read = (): NetworkRecord[] =>
    rows(store, `SELECT * FROM networks WHERE name IN ('bridge', 'host', 'none') ORDER BY name`).map(recordOf);
  const found = read();
  const names = Object.keys(predefined);
  if (found.length === names.length) return found;
  return store.database.transaction(() => {
    const there = new Set(read().map(({ name }) => name)); // another process may have been faster
    for (const name of names.filter((each) => !there.has(each))) insert(store, fresh(name));
    return read();
  });
}

const fresh = (name: string): NetworkRecord => ({
  id: newNetworkId(),
  name,
  driver: predefined[name]!,
  createdAt: Date.now(),
  settings: {
    subnets: [],
    internal: false,
    ipv6: false,
    labels: {},
    options: {},
    link: name === 'bridge' ? usualLink : '',
  },
});

/** All networks, by their names. */
export function listNetworks(store: Pick<Store, 'database'>): NetworkRecord[] {
  predefinedNetworks(store);
  return rows(store, 'SELECT * FROM networks ORDER BY name').map(recordOf);
}

/** By its whole id. */
export function networkOf(store: Pick<Store, 'database'>, id: string): NetworkRecord | undefined {
  const row = rows(store, 'SELECT * FROM networks WHERE id = ?', id)[0];
  return row === undefined ? undefined : recordOf(row);
}

/** By its id, its name, or the beginning of its id, in this order. Throws `notFound`, and `usage` where several ids begin so. */
export function findNetwork(store: Pick<Store, 'database'>, text: string): NetworkRecord {
  if (isPredefined(text)) predefinedNetworks(store);
  const exact = rows(store, 'SELECT * FROM networks WHERE id = ?1 OR name = ?1', text).map(recordOf);
  const found = exact.find(({ id }) => id === text) ?? exact[0];
  if (found !== undefined) return found;
  const matching = /^[0-9a-f]+$/.test(text)
    ? rows(store, 'SELECT * FROM networks WHERE substr(id, 1, ?2) = ?1', text, text.length).map(recordOf)
    : [];
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1)
    throw new TsdockerError('usage', `${matching.length} networks have ids that begin with ${text}`);
  throw noNetwork(text);
}

export const noNetwork = (text: string): TsdockerError =>
  new TsdockerError('notFound', `network ${text} not found`, { hint: 'tsdocker network ls lists them all' });

/**
 * Adds a network. @param record Or what makes it, called alone among all writers with the networks that there are; what it throws, this throws.
 * Throws `conflict` where the name is taken.
 */
export function recordNetwork(
  store: Pick<Store, 'database'>,
  record: NetworkRecord | ((others: readonly NetworkRecord[]) => NetworkRecord),
): NetworkRecord {
  predefinedNetworks(store);
  return store.database.transaction(() => {
    const others = rows(store, 'SELECT * FROM networks').map(recordOf);
    const made = typeof record === 'function' ? record(others) : record;
    if (others.some(({ name }) => name === made.name))
      throw new TsdockerError('conflict', `network with name ${made.name} already exists`);
    insert(store, made);
    return made;
  });
}

function insert(store: Pick<Store, 'database'>, { id, name, driver, createdAt, settings }: NetworkRecord): void {
  store.database.sql
    .prepare('INSERT INTO networks VALUES (?, ?, ?, ?, ?)')
    .run(id, name, driver, createdAt, JSON.stringify(settings));
}

/**
 * The network with its subnets, which are chosen now where it has none: only `bridge` is made without. Its link may change with it.
 * @param choose Called alone among all writers, with the other networks. Throws `notFound` where the network was removed.
 */
export function useSubnets(
  store: Pick<Store, 'database'>,
  network: NetworkRecord,
  choose: (others: readonly NetworkRecord[]) => Pick<NetworkSettings, 'subnets' | 'link'>,
): NetworkRecord {
  if (network.settings.subnets.length > 0 || network.driver !== 'bridge') return network;
  return store.database.transaction(() => {
    const current = networkOf(store, network.id);
    if (current === undefined) throw noNetwork(network.name);
    if (current.settings.subnets.length > 0) return current; // another process was faster
    const others = rows(store, 'SELECT * FROM networks WHERE id <> ?', network.id).map(recordOf);
    const settings = { ...current.settings, ...choose(others) };
    store.database.sql
      .prepare('UPDATE networks SET settings = ? WHERE id = ?')
      .run(JSON.stringify(settings), network.id);
    return { ...current, settings };
  });
}

/**
 * Drops the record. @param check Called alone among all writers, before; what it throws, this throws, and the record stays.
 * Returns false where there is none.
 */
export function forgetNetwork(store: Pick<Store, 'database'>, id: string, check: () => void = () => {}): boolean {
  return store.database.transaction(() => {
    check();
    return store.database.sql.prepare('DELETE FROM networks WHERE id = ?').run(id).changes > 0;
  });
}
