// The one table of ours in the host's network namespace, how changes to it are sent, and what the kernel can.
import { readFileSync } from 'node:fs';
import { NETLINK_NETFILTER } from '../netlink/constants.ts';
import type { Message } from '../netlink/message.ts';
import { type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import { NFPROTO_INET } from './constants.ts';
import { type Table, transaction } from './messages.ts';

export const table: Table = { family: NFPROTO_INET, name: 'tsdocker' };

export const openNftables = (namespace?: number): NetlinkSocket => openNetlink(NETLINK_NETFILTER, namespace);

/** Makes `changes` wholly or not at all. Throws NetlinkError for the first that is refused. */
export function change(changes: readonly Message[], what: string, socket?: NetlinkSocket): void {
  if (changes.length === 0) return;
  using opened = socket === undefined ? openNftables() : undefined;
  const messages = transaction(changes);
  (socket ?? opened!).request(messages, new Array<string>(messages.length).fill(what));
}

let destroys: boolean | undefined;

/** Whether the running kernel has NFT_MSG_DESTROYSETELEM: since 6.3. */
export function canDestroyElements(): boolean {
  destroys ??= isSince63(readFileSync('/proc/sys/kernel/osrelease', 'utf8'));
  return destroys;
}

/** @param release As uname(2) says it: `6.1.0-18-amd64`. */
export function isSince63(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 3);
}
