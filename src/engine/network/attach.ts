// Networks of a container that runs: one more, one less, or another name. Interfaces change, and then everything that follows from
// them is said anew: files, names, translations, and what the shim does at the end.
import { TsdockerError } from '../../error.ts';
import { kernel } from '../../kernel/index.ts';
import { listLinks } from '../../network/links/bridge.ts';
import { inNetworkNamespace } from '../../network/links/namespace.ts';
import { connectVeth, disconnectVeth, replaceGateways } from '../../network/links/veth.ts';
import { unpublish } from '../../network/nftables/published.ts';
import { releasePorts, reservePorts } from '../../network/reserve.ts';
import type { ContainerRecord } from '../../store/containers.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import { readPorts, writePorts } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { needShim, shutDoors } from '../shim.ts';
import { writeNetworkFiles } from './files.ts';
import { handPorts, namespaceOf } from './join.ts';
import { joinedOf, leaseAll } from './joined.ts';
import { openNameServer } from './name-server.ts';
import { removeNames, writeNames } from './names.ts';
import { publishPorts } from './publish.ts';
import { writeRelease } from './release.ts';
import { raiseNetworks } from './reload.ts';
import { hostNameOf, interfaceOf, type Joined, translationsOf, wayOut } from './wiring.ts';

/**
 * Connects a container that runs to `network`, where it has an endpoint already. Throws `conflict` where it has just ended, or
 * there is no address; it is then not connected, and the endpoint is still there. Returns lines for the administrator.
 */
export function connectRunning(store: Store, record: ContainerRecord, network: NetworkRecord): readonly string[] {
  return inside(store, record, (namespace) => {
    const joined = leaseAll(store, record, joinedOf(store, record));
    const own = joined.find((each) => each.network.id === network.id);
    if (own === undefined) throw new TsdockerError('notFound', `network ${network.name} not found`);
    const advice = raiseNetworks(store, [own.network]);
    const before = joined.filter((each) => each !== own);
    connectVeth({
      ...interfaceOf(record.id, own, own === wayOut(joined)),
      namespace,
      name: freeName(namespace),
    });
    try {
      refresh(store, record, namespace, { before, after: joined });
    } catch (error) {
      disconnectVeth(hostNameOf(record.id, network.id));
      throw error;
    }
    return advice;
  });
}

/** Disconnects a container that runs. Its endpoint is the caller's to remove, after this. Throws `conflict` where it has just ended. */
export function disconnectRunning(store: Store, record: ContainerRecord, network: NetworkRecord): void {
  inside(store, record, (namespace) => {
    const before = joinedOf(store, record);
    const after = before.filter((each) => each.network.id !== network.id);
    removeNames(store, record.id, network.id);
    disconnectVeth(hostNameOf(record.id, network.id));
    const way = wayOut(after);
    if (way !== undefined && way !== wayOut(before)) {
      const { gateways, mac } = interfaceOf(record.id, way, true);
      const link = inNetworkNamespace(namespace, () => listLinks()).find((each) => each.mac === mac);
      if (link !== undefined) replaceGateways(namespace, gateways, link.name);
    }
    refresh(store, record, namespace, { before, after });
  });
}

/** Has the others know a container that runs by its new name. */
export function renameRunning(store: Store, record: ContainerRecord): void {
  writeNames(store, record, joinedOf(store, record));
}

function inside<T>(store: Store, record: ContainerRecord, action: (namespace: number) => T): T {
  const namespace = namespaceOf(store, record.id);
  try {
    return action(namespace);
  } finally {
    kernel.close(namespace);
  }
}

function freeName(namespace: number): string {
  const taken = new Set(inNetworkNamespace(namespace, () => listLinks()).map(({ name }) => name));
  for (let number = 0; ; number++) if (!taken.has(`eth${number}`)) return `eth${number}`;
}

function withShim(store: Store, record: ContainerRecord, action: (shim: number) => void): void {
  const shim = needShim(store, record);
  try {
    action(shim);
  } finally {
    kernel.close(shim);
  }
}

interface Change {
  readonly before: readonly Joined[];
  readonly after: readonly Joined[];
}

function refresh(store: Store, record: ContainerRecord, namespace: number, { before, after }: Change): void {
  const needsResolver = writeNetworkFiles(store, record, after);
  writeNames(store, record, after);
  if (wayOut(before) === wayOut(after)) writeRelease(store, record, after, readPorts(store, record.id));
  else movePorts(store, record, { before, after });
  shutDoors(store, record, 'resolver');
  if (!needsResolver) return;
  withShim(store, record, (shim) => openNameServer(namespace, shim));
}

/**
 * The container is reached through another network from now on, or through one at all. Its ports are reserved anew, as their sockets
 * stand for where they lead.
 */
function movePorts(store: Store, record: ContainerRecord, { before, after }: Change): void {
  const held = readPorts(store, record.id);
  const { published, relayed6 } = translationsOf(held, before);
  unpublish(published, relayed6);
  shutDoors(store, record, 'relay');
  const old = new Map(held.map((port) => [`${port.protocol} ${port.port}`, port.hostPort]));
  const wanted = record.settings.ports.map((port) => ({
    ...port,
    hostPort: port.hostPort === 0 ? (old.get(`${port.protocol} ${port.port}`) ?? 0) : port.hostPort,
  }));
  const reserved = wayOut(after) === undefined ? [] : reservePorts(wanted);
  try {
    const ports = reserved.map(({ socket: _, ...port }) => port);
    writePorts(store, record.id, ports);
    writeRelease(store, record, after, ports);
    publishPorts(ports, after);
    withShim(store, record, (shim) => handPorts(shim, reserved, after));
  } finally {
    releasePorts(reserved);
  }
}
