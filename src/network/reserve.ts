// Published ports are reserved by sockets of ours that are bound to them: a packet filter translates whether anybody is bound or not,
// and another server could take the port and silently never be reached. What the kernel does not translate arrives at these
// sockets (docs/network.md).
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, KernelError, kernel } from '../kernel/index.ts';
import { addressBytes, familyOf } from './address.ts';

/** A port to reserve; a host port of 0 is any free one. */
export interface WantedPort {
  readonly protocol: 'tcp' | 'udp';
  /** Without it, every address of both families. */
  readonly hostAddress?: string;
  readonly hostPort: number;
  /** With it, the first free one from `hostPort` to this. */
  readonly lastHostPort?: number;
  /** Of the container. */
  readonly port: number;
}

/** A port of the host that is ours as long as the socket is open. */
export interface ReservedPort {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0` and `::` are every address of their family. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly port: number;
  /** Bound, and with tcp listening; does not block. */
  readonly socket: number;
}

/** Connections of the host itself that may wait for the relay. */
const backlog = 4096;

/** How often another free port is tried where that of the one family is taken in the other. */
const tries = 20;

/** The sockets are the caller's. Throws `conflict` for a port that is taken, and `usage` for an address that the host has not. */
export function reservePorts(wanted: readonly WantedPort[]): ReservedPort[] {
  const reserved: ReservedPort[] = [];
  try {
    for (const port of wanted) reserved.push(...reserve(port));
    return reserved;
  } catch (error) {
    releasePorts(reserved);
    throw error;
  }
}

export function releasePorts(reserved: readonly ReservedPort[]): void {
  for (const { socket } of reserved) kernel.close(socket);
}

function reserve(wanted: WantedPort): ReservedPort[] {
  const { hostPort, lastHostPort = hostPort } = wanted;
  for (let tried = hostPort; ; tried++) {
    try {
      return reserveBoth({ ...wanted, hostPort: tried });
    } catch (error) {
      const isTaken = error instanceof TsdockerError && error.code === 'conflict';
      if (!isTaken || tried >= lastHostPort) throw error;
    }
  }
}

function reserveBoth(wanted: WantedPort): ReservedPort[] {
  if (wanted.hostAddress !== undefined) {
    const one = reserveAt(wanted, wanted.hostAddress, wanted.hostPort);
    return one === undefined ? [] : [one];
  }
  for (let tried = 1; ; tried++) {
    const first = reserveAt(wanted, '0.0.0.0', wanted.hostPort)!;
    try {
      const second = reserveAt(wanted, '::', first.hostPort);
      return second === undefined ? [first] : [first, second];
    } catch (error) {
      kernel.close(first.socket);
      if (wanted.hostPort !== 0 || tried === tries) throw error;
    }
  }
}

/** Undefined where the kernel has no such family. */
function reserveAt(wanted: WantedPort, hostAddress: string, hostPort: number): ReservedPort | undefined {
  const family = familyOf(hostAddress);
  const isTcp = wanted.protocol === 'tcp';
  let socket: number;
  try {
    const type = (isTcp ? k.SOCK_STREAM : k.SOCK_DGRAM) | k.SOCK_NONBLOCK;
    socket = kernel.socket(family === 4 ? k.AF_INET : k.AF_INET6, type, 0);
  } catch (error) {
    if (family === 6 && failedWith(error, 'EAFNOSUPPORT')) return undefined;
    throw error;
  }
  try {
    if (family === 6) kernel.setsockopt(socket, k.IPPROTO_IPV6, k.IPV6_V6ONLY, 1);
    // Connections of the last holder that are not over yet do not keep the port from the next one (ip(7)); a listener does.
    if (isTcp) kernel.setsockopt(socket, k.SOL_SOCKET, k.SO_REUSEADDR, 1);
    kernel.bind(socket, socketAddress(hostAddress, hostPort));
    if (isTcp) kernel.listen(socket, backlog);
    return { protocol: wanted.protocol, hostAddress, hostPort: boundPort(socket), port: wanted.port, socket };
  } catch (error) {
    kernel.close(socket);
    throw explained(error, `${hostPort}/${wanted.protocol}`, hostAddress);
  }
}

function explained(error: unknown, port: string, address: string): unknown {
  if (failedWith(error, 'EADDRINUSE')) {
    return new TsdockerError('conflict', `cannot publish ${port} at ${address}: the port is already allocated`, {
      cause: error,
      hint: 'tsdocker ps shows the ports of containers, ss -lntup those of other programs',
    });
  }
  if (failedWith(error, 'EADDRNOTAVAIL')) {
    return new TsdockerError('usage', `cannot publish ${port} at ${address}: the host has no such address`, {
      cause: error,
    });
  }
  if (error instanceof KernelError) {
    return new TsdockerError('kernel', `cannot publish ${port} at ${address}: ${error.message}`, { cause: error });
  }
  return error;
}

/** struct sockaddr_in of ip(7), struct sockaddr_in6 of ipv6(7). */
export function socketAddress(address: string, port: number): Uint8Array {
  const bytes = addressBytes(address);
  const isIPv6 = bytes.byteLength === 16;
  const memory = new Uint8Array(isIPv6 ? 28 : 16);
  const view = new DataView(memory.buffer);
  view.setUint16(0, isIPv6 ? k.AF_INET6 : k.AF_INET, true);
  view.setUint16(2, port);
  memory.set(bytes, isIPv6 ? 8 : 4);
  return memory;
}

/** The port that a socket is bound to. */
export function boundPort(socket: number): number {
  const name = kernel.getsockname(socket);
  return new DataView(name.buffer, name.byteOffset).getUint16(2);
}
