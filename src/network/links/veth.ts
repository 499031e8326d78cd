// A container's connection to a network: a pair of virtual interfaces, one end a port of the bridge in this thread's network
// namespace, the other in the container's, with its addresses and default routes (veth(4)).
import { TsdockerError } from '../../error.ts';
import { AF_INET, AF_INET6 } from '../../kernel/constants.ts';
import { failedWith } from '../../kernel/index.ts';
import { NETLINK_ROUTE } from '../netlink/constants.ts';
import { refusedWith } from '../netlink/error.ts';
import { type NetlinkSocket, openNetlink } from '../netlink/socket.ts';
import { setIpv6Setting } from './ipv6-setting.ts';
import { type Link, lookUpLink, parseLink, removeLink } from './link.ts';
import { deleteDefaultRoute, deleteLink, getLink, loopbackUp, newDefaultRoute } from './messages.ts';
import { inNetworkNamespace } from './namespace.ts';
import { settle } from './settle.ts';
import { insideMessages, isIpv6, pairMessage, portMessage, type VethOptions } from './veth-messages.ts';

export type { VethOptions } from './veth-messages.ts';

/**
 * Connects the namespace with the bridge; both ends are up, and packets pass, when it returns. The namespace's loopback is up as
 * well. A pair that has the name `hostName` goes. Throws `notFound` without the bridge, NetlinkError (EEXIST: the name in the
 * container is taken); nothing is left then.
 */
export function connectVeth(options: VethOptions): void {
  const { hostName, bridge, namespace } = options;
  using host = openNetlink(NETLINK_ROUTE);
  const master = lookUpLink(host, bridge);
  if (master?.kind !== 'bridge') throw new TsdockerError('notFound', `there is no bridge ${bridge}`);
  const port = makeOnlyPair(host, options, master.index);
  try {
    host.request([portMessage(port.index)], [`bringing ${hostName} up`]);
    using inside = inNetworkNamespace(namespace, () => openInside(options));
    const { messages, what } = insideMessages(options, port.peer ?? 0);
    inside.request(messages, what);
    settle(inside, options.name);
    settle(host, hostName, bridge);
  } catch (error) {
    host.request([deleteLink(port.index)], [`removing ${hostName}`]);
    throw error;
  }
}

/**
 * In the container's namespace. Without an IPv6 address of ours the interface takes none from others either (RFC 4862); with one it
 * still follows no router that a neighbour makes up (CVE-2020-13401), as addresses and routes are all given here; and it need not ask
 * around for a second whether its link-local address is anybody else's: that follows from its MAC.
 */
function openInside({ name, addresses }: VethOptions): NetlinkSocket {
  const settings = addresses.some(isIpv6)
    ? (['accept_ra', 'accept_redirects', 'accept_dad'] as const).map((setting) => [setting, 0] as const)
    : ([['disable_ipv6', 1]] as const);
  try {
    for (const [setting, value] of settings) setIpv6Setting(name, setting, value);
  } catch (error) {
    if (!failedWith(error, 'EROFS', 'EACCES')) throw error; // where it was to have no address it still has none: withoutLinkLocal
  }
  return openNetlink(NETLINK_ROUTE);
}

/**
 * The name is that of one container in one network. A pair that has it is of the container's last run: somebody still holds that
 * namespace, or the kernel, which takes its time, has not cleaned up yet.
 */
function makeOnlyPair(host: NetlinkSocket, options: VethOptions, master: number): Link {
  try {
    return makePair(host, options, master);
  } catch (error) {
    const holder = refusedWith(error, 'EEXIST') ? lookUpLink(host, options.hostName) : undefined;
    if (holder?.kind !== 'veth') throw error;
    disconnectVeth(options.hostName);
    return makePair(host, options, master);
  }
}

/** Returns the end on the host, which knows the index of the other one. */
function makePair(host: NetlinkSocket, options: VethOptions, master: number): Link {
  const { hostName, name } = options;
  const answers = host.request(
    [pairMessage(options, master), getLink(hostName)],
    [`making the interfaces ${hostName} and ${name}`, `looking for ${hostName}`],
  );
  const port = answers.map(parseLink).find((link) => link !== undefined);
  if (port === undefined) throw new TsdockerError('internal', `the kernel does not tell about the link ${hostName}`);
  return port;
}

/** Takes both ends away. False where there was no such pair. */
export const disconnectVeth = (hostName: string): boolean => removeLink(hostName);

/** Loopback alone, for a container without any network. */
export function raiseLoopback(namespace: number): void {
  using inside = openNetlink(NETLINK_ROUTE, namespace);
  inside.request([loopbackUp], ['bringing the loopback interface up']);
}

/**
 * From now on the default routes of the namespace are those over `gateways`, at most one a family, out of the interface `linkName`;
 * a family without one has none. Throws `notFound` without that interface.
 */
export function replaceGateways(namespace: number, gateways: readonly string[], linkName: string): void {
  using inside = openNetlink(NETLINK_ROUTE, namespace);
  const link = lookUpLink(inside, linkName);
  if (link === undefined) throw new TsdockerError('notFound', `there is no interface ${linkName} in the container`);
  for (const family of [AF_INET, AF_INET6]) {
    const gateway = gateways.find((address) => (family === AF_INET6) === address.includes(':'));
    if (gateway !== undefined)
      inside.request([newDefaultRoute(link.index, gateway)], [`adding a default route over ${gateway}`]);
    else removeDefaultRoutes(inside, family);
  }
}

/** The container's root may add them as fast as we remove them. */
const mostRoutes = 16;

function removeDefaultRoutes(inside: NetlinkSocket, family: number): void {
  try {
    for (let routes = 0; routes < mostRoutes; routes++)
      inside.request([deleteDefaultRoute(family)], ['removing the default route']);
  } catch (error) {
    if (!refusedWith(error, 'ESRCH', 'ENOENT', 'EAFNOSUPPORT', 'EOPNOTSUPP')) throw error;
  }
}
