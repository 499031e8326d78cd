// The end of every change that gives a link a carrier.
import { kernel } from '../../kernel/index.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';

/**
 * The carrier is there at once, but what follows from it (the queue that lets packets out, the port that forwards) the kernel does later,
 * on its own time; a packet lost meanwhile costs the container a second, until ARP asks again. A question about the carrier makes
 * the kernel do it now (net/core/link_watch.c, linkwatch_sync_dev).
 */
export function settle(socket: NetlinkSocket, ...names: readonly string[]): void {
  for (const name of names) kernel.hasCarrier(socket.descriptor, name);
}
