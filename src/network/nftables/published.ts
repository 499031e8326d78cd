// Published ports in the rules: each is an element of a map from the port of the host to an address and port of a container. What the
// kernel does not translate (addresses of the loopback, and IPv6 to a container that has none) has no element: there the relay serves
// the reserved socket. Whoever holds that socket is right, so elements that others left behind are replaced.
import { addressBytes, familyOf } from '../address.ts';
import { forgetOtherFlows } from '../flows.ts';
import { be16 } from '../netlink/attributes.ts';
import { refusedWith } from '../netlink/error.ts';
import { encodeMessages } from '../netlink/message.ts';
import { heldElements } from './held.ts';
import { transaction } from './messages.ts';
import { addElements, concatenation, deleteElements, type Element } from './sets.ts';
import { canDestroyElements, change, openNftables, table } from './table.ts';

export interface Published {
  readonly protocol: 'tcp' | 'udp';
  /** Of the host; undefined, `0.0.0.0` and `::` are all of the family. */
  readonly hostAddress?: string;
  readonly hostPort: number;
  /** Of the container: its family is the one that is translated. */
  readonly address: string;
  readonly port: number;
}

/** A port of the host where the relay serves clients that come from outside with IPv6. */
export interface Relayed6 {
  readonly protocol: 'tcp' | 'udp';
  readonly hostAddress?: string;
  readonly port: number;
}

const protocolNumber = { tcp: 6, udp: 17 } as const;
const anyAddress = new Set(['0.0.0.0', '::']);
const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

/**
 * Adds all of `ports`, in one transaction, and `relayed6`, which pass the administrator's chain on their way to the relay. Flows of udp
 * that began before go to the new place, too.
 * Throws NetlinkError; with ENOENT where the rules are missing: ensureRuleset() first.
 */
export function publish(ports: readonly Published[], relayed6: readonly Relayed6[] = []): void {
  const elements = compileElements(ports, relayed6);
  if (elements.length === 0) return;
  add(elements, ports.length);
  forgetOtherFlows(ports.filter(({ protocol, hostAddress }) => protocol === 'udp' && !isLoopback(hostAddress ?? '')));
}

function add(elements: readonly Element[], count: number): void {
  using socket = openNftables();
  const what = `publishing ${count} port${count === 1 ? '' : 's'}`;
  try {
    change(addElements(table, elements), what, socket);
  } catch (error) {
    if (!refusedWith(error, 'EEXIST', 'EBUSY')) throw error;
    // Somebody left other values behind.
    const stale = canDestroyElements()
      ? deleteElements(table, elements, true)
      : deleteElements(table, heldElements(socket, table, elements), false);
    change([...stale, ...addElements(table, elements)], what, socket);
  }
}

/** Takes away what publish() added, without failing for what is gone. Throws NetlinkError. */
export function unpublish(ports: readonly Published[], relayed6: readonly Relayed6[] = []): void {
  try {
    change(deleteElements(table, compileElements(ports, relayed6), canDestroyElements()), 'unpublishing ports');
  } catch (error) {
    if (!refusedWith(error, 'ENOENT')) throw error;
  }
}

/**
 * The same as one datagram, to be sent to a socket of NETLINK_NETFILTER later. It asks for no answer. One that is longer than
 * 200 KiB needs SO_SNDBUFFORCE before. Empty where there is nothing to delete.
 */
export function unpublishBatch(ports: readonly Published[], relayed6: readonly Relayed6[] = []): Uint8Array {
  const changes = deleteElements(table, compileElements(ports, relayed6), canDestroyElements());
  return changes.length === 0 ? new Uint8Array() : encodeMessages(transaction(changes), 1);
}

/** What the ports are in the sets and maps. */
export function compileElements(ports: readonly Published[], relayed6: readonly Relayed6[]): Element[] {
  const elements: Element[] = [];
  const parsed = new Map<string, Uint8Array>(); // thousands of ports have the same address
  const bytesOf = (address: string): Uint8Array => {
    const bytes = parsed.get(address) ?? addressBytes(address);
    parsed.set(address, bytes);
    return bytes;
  };
  for (const { protocol, hostAddress, hostPort, address, port } of ports) {
    const family = bytesOf(address).byteLength === 4 ? 4 : 6;
    const at = hostAddress === undefined || anyAddress.has(hostAddress) ? undefined : hostAddress;
    if (at !== undefined && (isLoopback(at) || familyOf(at) !== family)) continue;
    const value = concatenation(bytesOf(address), be16(port));
    elements.push({ ...elementOf('published', family, at, protocol, hostPort), value });
    // Neighbours with addresses that are not forwarded (fe80::) are relayed.
    if (family === 6) elements.push(elementOf('relayed', 6, at, protocol, hostPort));
  }
  for (const { protocol, hostAddress, port } of relayed6) {
    const at = hostAddress === undefined || anyAddress.has(hostAddress) ? undefined : hostAddress;
    if (at !== undefined && (isLoopback(at) || familyOf(at) !== 6)) continue;
    elements.push(elementOf('relayed', 6, at, protocol, port));
  }
  return elements;
}

function elementOf(set: string, family: 4 | 6, at: string | undefined, protocol: 'tcp' | 'udp', port: number): Element {
  const key = [Uint8Array.of(protocolNumber[protocol]), be16(port)];
  if (at === undefined) return { set: `${set}${family}`, key: concatenation(...key) };
  return { set: `${set}_at${family}`, key: concatenation(addressBytes(at), ...key) };
}
