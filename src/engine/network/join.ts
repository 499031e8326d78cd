// The network of a container that is about to start. What can fail for what was asked fails first: addresses are leased, ports
// reserved, the namespace made. The rest is done while the launch program runs beside us, and the shim takes over what
// has to stay: the namespace, the sockets, and a program that takes names and translations away again.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../../error.ts';
import * as k from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';
import { sendDoor } from '../../launch/frames.ts';
import { addressBytes } from '../../network/address.ts';
import { createNetworkNamespace } from '../../network/links/namespace.ts';
import { connectVeth, raiseLoopback } from '../../network/links/veth.ts';
import { type ReservedPort, releasePorts, reservePorts } from '../../network/reserve.ts';
import { joinedContainer } from '../../spec/networks.ts';
import { bundlePath, hasProcesses, readBundleState } from '../../store/bundles.ts';
import { type ContainerRecord, findContainer } from '../../store/containers.ts';
import { writePorts } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { writeNetworkFiles } from './files.ts';
import { joinedOf, leaseAll } from './joined.ts';
import { openNameServer } from './name-server.ts';
import { writeNames } from './names.ts';
import { publishPorts } from './publish.ts';
import { writeRelease } from './release.ts';
import { raiseNetworks } from './reload.ts';
import { interfaceOf, type Joined, wayOf, wayOut } from './wiring.ts';

/** What a container's start needs of its network. Whatever has not been handed over goes when it is disposed of. */
export interface StartingNetwork extends Disposable {
  /** The namespace that the container joins; undefined where the launch makes one, or where it stays in the host's. */
  readonly namespace: number | undefined;
  /** Connects it, and gives the shim behind `control` what it has to keep. Returns lines for the administrator. */
  connect(control: number): readonly string[];
}

/** @param owner A namespace that was made for a container in a user namespace, which owns it; stays the caller's. */
export function startNetwork(
  store: Store,
  record: ContainerRecord,
  owner?: { readonly path: string },
): StartingNetwork {
  const { network } = record.settings.options;
  if (network === 'host' || network === 'none') return nothing(undefined);
  const other = joinedContainer(network);
  if (other !== undefined) return nothing(namespaceOf(store, other));
  return ownNetwork(store, record, owner);
}

const nothing = (namespace: number | undefined): StartingNetwork => ({
  namespace,
  connect: () => [],
  [Symbol.dispose]() {
    if (namespace !== undefined) kernel.close(namespace);
  },
});

/** The network namespace of another container, the caller's to close. Throws `notFound`, and `conflict` where it does not run. */
export function namespaceOf(store: Store, text: string): number {
  const { record, state } = findContainer(store, text);
  if (hasProcesses(state)) {
    const descriptor = kernel.openat(k.AT_FDCWD, `/proc/${state.pid}/ns/net`, k.O_RDONLY);
    // After it was opened: the pid may have become somebody else's.
    const now = readBundleState(store, record.id);
    if (hasProcesses(now) && now.pid === state.pid) return descriptor;
    kernel.close(descriptor);
  }
  throw new TsdockerError('conflict', `cannot join the network of the container ${record.name}, which does not run`, {
    hint: `tsdocker start ${record.name} starts it`,
  });
}

function ownNetwork(store: Store, record: ContainerRecord, owner?: { readonly path: string }): StartingNetwork {
  using undo = new DisposableStack();
  // What the last run was to take away is gone by now, and may be somebody else's: the shim must not find it.
  for (const name of ['release', 'ports']) rmSync(join(bundlePath(store, record.id), name), { force: true });
  const joined = leaseAll(store, record, joinedOf(store, record));
  const reserved = wayOut(joined) === undefined ? [] : reservePorts(record.settings.ports);
  undo.defer(() => releasePorts(reserved));
  const namespace = owner === undefined ? createNetworkNamespace() : kernel.openat(k.AT_FDCWD, owner.path, k.O_RDONLY);
  undo.defer(() => kernel.close(namespace));
  const held = undo.move();
  return {
    namespace,
    connect: (control) => connect(store, record, joined, { namespace, reserved, control }),
    [Symbol.dispose]: () => held.dispose(),
  };
}

interface Parts {
  readonly namespace: number;
  readonly reserved: readonly ReservedPort[];
  readonly control: number;
}

function connect(
  store: Store,
  record: ContainerRecord,
  joined: readonly Joined[],
  { namespace, reserved, control }: Parts,
): readonly string[] {
  const advice = raiseNetworks(
    store,
    joined.map(({ network }) => network),
  );
  const out = wayOut(joined);
  if (joined.length === 0) raiseLoopback(namespace);
  for (const [index, each] of joined.entries()) {
    connectVeth({ ...interfaceOf(record.id, each, each === out), namespace, name: `eth${index}` });
  }
  const needsResolver = writeNetworkFiles(store, record, joined);
  const hostPorts = reserved.map(({ socket: _, ...port }) => port);
  writePorts(store, record.id, hostPorts);
  // Before there is anything to be taken away.
  writeRelease(store, record, joined, hostPorts);
  writeNames(store, record, joined);
  publishPorts(hostPorts, joined);
  if (needsResolver) openNameServer(namespace, control);
  handPorts(control, reserved, joined);
  return advice;
}

/** The shim keeps the sockets, and has what arrives at them relayed. */
export function handPorts(control: number, reserved: readonly ReservedPort[], joined: readonly Joined[]): void {
  for (const { protocol, hostAddress, hostPort, port, socket } of reserved) {
    const { target } = wayOf({ protocol, hostAddress, hostPort, port }, joined);
    if (target !== undefined)
      sendDoor(control, { kind: 'relay', protocol, target: { address: addressBytes(target), port } }, socket);
  }
}
