// The places that containers have in networks, and the leases of their addresses. An endpoint is made with its container, or by
// `network connect`; its addresses are leased when the container is first started, and stay until it is removed or disconnected.
// All of it goes with the container's record.
import { TsdockerError } from '../error.ts';
import { addressNumber, canonicalAddress, contains, familyOf, macOf } from '../network/address.ts';
import { checkAddress, freeAddress } from './choose-address.ts';
import { type NetworkRecord, type NetworkSubnet, networkOf, noNetwork } from './networks.ts';
import type { Store } from './store.ts';

type Stored = Pick<Store, 'database'>;

/** What was asked for. */
export interface EndpointSettings {
  /** Where among the container's networks it stands: the lowest is `eth0`, and has the default route. */
  readonly order: number;
  /** Names that others find the container by in this network, besides its own and its id. */
  readonly aliases: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly mac?: string;
}

export interface EndpointRecord {
  readonly networkId: string;
  readonly networkName: string;
  readonly containerId: string;
  readonly settings: EndpointSettings;
  /** Those that are leased; none until the container is first started. */
  readonly address4?: string;
  readonly address6?: string;
  readonly mac?: string;
}

interface Row {
  readonly network_id: string;
  readonly network_name: string;
  readonly container_id: string;
  readonly settings: string;
  readonly address4: string | null;
  readonly address6: string | null;
  readonly mac: string | null;
}

const recordOf = (row: Row): EndpointRecord => ({
  networkId: row.network_id,
  networkName: row.network_name,
  containerId: row.container_id,
  settings: JSON.parse(row.settings),
  ...(row.address4 === null ? {} : { address4: row.address4 }),
  ...(row.address6 === null ? {} : { address6: row.address6 }),
  ...(row.mac === null ? {} : { mac: row.mac }),
});

const select = (store: Stored, where: string, ...values: string[]): EndpointRecord[] =>
  (store.database.sql.prepare(`SELECT * FROM endpoints WHERE ${where}`).all(...values) as unknown as Row[]).map(
    recordOf,
  );

/** In the order of the container's interfaces. */
export const endpointsOf = (store: Stored, containerId: string): EndpointRecord[] =>
  select(store, 'container_id = ?', containerId).sort(
    (a, b) => a.settings.order - b.settings.order || (a.networkName < b.networkName ? -1 : 1),
  );

/** Those of a network, in no order. */
export const endpointsIn = (store: Stored, networkId: string): EndpointRecord[] =>
  select(store, 'network_id = ?', networkId);

/** All that there are, in no order. */
export const listEndpoints = (store: Stored): EndpointRecord[] => select(store, 'TRUE');

/** Throws `notFound` where the network was removed meanwhile, and `conflict` where the container is in it already. */
export function addEndpoint(
  store: Stored,
  { networkId, containerId, settings }: Pick<EndpointRecord, 'networkId' | 'containerId' | 'settings'>,
): void {
  store.database.transaction(() => {
    const network = networkOf(store, networkId);
    if (network === undefined) throw noNetwork(networkId);
    if (select(store, 'network_id = ? AND container_id = ?', networkId, containerId).length > 0) {
      const name = nameOf(store, containerId);
      throw new TsdockerError('conflict', `endpoint with name ${name} already exists in network ${network.name}`);
    }
    store.database.sql
      .prepare('INSERT INTO endpoints VALUES (?, ?, ?, ?, NULL, NULL, NULL)')
      .run(networkId, network.name, containerId, JSON.stringify(settings));
  });
}

/** With its lease. Returns false where there was none. */
export const removeEndpoint = (store: Stored, networkId: string, containerId: string): boolean =>
  store.database.sql
    .prepare('DELETE FROM endpoints WHERE network_id = ? AND container_id = ?')
    .run(networkId, containerId).changes > 0;

/**
 * The network of an endpoint; where that was removed and another has its name now, the endpoint moves there, without its addresses.
 * Throws `notFound` where there is none.
 */
export function networkOfEndpoint(
  store: Stored,
  { networkId, networkName, containerId }: EndpointRecord,
): NetworkRecord {
  const found = networkOf(store, networkId);
  if (found !== undefined) return found;
  return store.database.transaction(() => {
    const { sql } = store.database;
    const row = sql.prepare('SELECT id FROM networks WHERE name = ?').get(networkName);
    const heir = row === undefined ? undefined : networkOf(store, String(row.id));
    if (heir === undefined) {
      throw new TsdockerError('notFound', `network ${networkName} not found`, {
        hint: `make it anew, or tsdocker network disconnect ${networkName} ${containerId.slice(0, 12)}`,
      });
    }
    sql
      .prepare(
        `UPDATE OR IGNORE endpoints SET network_id = ?, address4 = NULL, address6 = NULL, mac = NULL
          WHERE network_id = ? AND container_id = ?`,
      )
      .run(heir.id, networkId, containerId);
    return heir;
  });
}

/**
 * Leases what the endpoint of a container needs, an address of each family that the network has: the one that was asked for, the one
 * that it had before, or the lowest that is free. A container that does not run gives its lease up where that very address is asked
 * for, or where all others are taken.
 * @param isRunning Of a container by its id: whether it may be using its address.
 * Throws `conflict` for a taken address, and where none is free; `notFound` where the network or the endpoint is gone; `usage` for
 * an address that the network cannot give.
 */
export function lease(
  store: Stored,
  network: NetworkRecord,
  containerId: string,
  isRunning: (id: string) => boolean,
): EndpointRecord {
  return store.database.transaction(() => {
    const current = networkOf(store, network.id);
    if (current === undefined) throw noNetwork(network.name);
    const [own] = select(store, 'network_id = ? AND container_id = ?', network.id, containerId);
    if (own === undefined) {
      const name = nameOf(store, containerId);
      throw new TsdockerError('notFound', `the container ${name} is not in the network ${network.name}`);
    }
    const [address4, address6] = ([4, 6] as const).map((family) => {
      const subnet = current.settings.subnets.find((each) => familyOf(each.gateway) === family);
      return subnet === undefined ? undefined : obtain(store, current, subnet, own, isRunning);
    });
    const address = address4 ?? address6;
    const mac = own.settings.mac ?? (address === undefined ? undefined : macOf(address));
    store.database.sql
      .prepare('UPDATE endpoints SET address4 = ?, address6 = ?, mac = ? WHERE network_id = ? AND container_id = ?')
      .run(address4 ?? null, address6 ?? null, mac ?? null, network.id, containerId);
    const { networkId, networkName, settings } = own;
    return {
      networkId,
      networkName,
      containerId,
      settings,
      ...(address4 === undefined ? {} : { address4 }),
      ...(address6 === undefined ? {} : { address6 }),
      ...(mac === undefined ? {} : { mac }),
    };
  });
}

/** Inside the transaction. */
function obtain(
  store: Stored,
  network: NetworkRecord,
  subnet: NetworkSubnet,
  own: EndpointRecord,
  isRunning: (id: string) => boolean,
): string {
  const [key, asked] =
    familyOf(subnet.gateway) === 4
      ? (['address4', own.settings.ip] as const)
      : (['address6', own.settings.ip6] as const);
  if (asked !== undefined) {
    const address = canonicalAddress(asked);
    checkAddress(subnet, address, network.name);
    const [holder] = select(
      store,
      `network_id = ? AND container_id <> ? AND ${key} = ?`,
      network.id,
      own.containerId,
      address,
    );
    if (holder !== undefined && isRunning(holder.containerId)) {
      const name = nameOf(store, holder.containerId);
      throw new TsdockerError('conflict', `the address ${address} is taken by the container ${name}`, {
        hint: `tsdocker network inspect ${network.name} lists those that are`,
      });
    }
    if (holder !== undefined) takeBack(store, holder, key);
    return address;
  }
  const before = own[key];
  if (before !== undefined && contains(subnet.subnet, before)) return before;
  const free = freeAddress(subnet, takenBy(store, own, key));
  if (free !== undefined) return free;
  const range = subnet.ipRange ?? subnet.subnet;
  const others = endpointsIn(store, network.id).filter(({ containerId }) => containerId !== own.containerId);
  const idle = others.filter((each) => each[key] !== undefined && contains(range, each[key]));
  // Who asked for an address gives it up last.
  const holder = [...idle.filter(({ settings }) => !askedFor(settings, key)), ...idle].find(
    ({ containerId }) => !isRunning(containerId),
  );
  if (holder === undefined) {
    throw new TsdockerError('conflict', `the network ${network.name} has no free address left in ${range}`, {
      hint: 'remove containers, or make a network with a larger subnet',
    });
  }
  takeBack(store, holder, key);
  return holder[key]!;
}

type Key = 'address4' | 'address6';

/** What the others have, in order. */
function takenBy(store: Stored, { networkId, containerId }: EndpointRecord, key: Key): bigint[] {
  const rows = store.database.sql
    .prepare(`SELECT ${key} AS address FROM endpoints WHERE network_id = ? AND container_id <> ? AND ${key} NOT NULL`)
    .all(networkId, containerId);
  return rows.map(({ address }) => addressNumber(String(address))).sort((a, b) => (a < b ? -1 : 1));
}

const askedFor = ({ ip, ip6 }: EndpointSettings, key: Key): boolean => (key === 'address4' ? ip : ip6) !== undefined;

function takeBack(store: Stored, { networkId, containerId }: EndpointRecord, key: Key): void {
  store.database.sql
    .prepare(`UPDATE endpoints SET ${key} = NULL, mac = NULL WHERE network_id = ? AND container_id = ?`)
    .run(networkId, containerId);
}

function nameOf(store: Stored, containerId: string): string {
  const row = store.database.sql.prepare('SELECT name FROM containers WHERE id = ?').get(containerId);
  return row === undefined ? containerId.slice(0, 12) : String(row.name);
}
