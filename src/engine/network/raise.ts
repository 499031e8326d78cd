// Has the host carry a network: its bridge, its part of the packet filter, the switches of the kernel. Done when a container
// first needs it, and again by whoever finds it gone: after a reboot, or where somebody has flushed the rules.
import { TsdockerError } from '../../error.ts';
import { parseSubnet } from '../../network/address.ts';
import { type Advice, makeRoom } from '../../network/coexistence/make-room.ts';
import { findLink, makeBridge } from '../../network/links/bridge.ts';
import { addBridge } from '../../network/nftables/bridges.ts';
import { ensureRuleset } from '../../network/nftables/ruleset.ts';
import { enableForwarding } from '../../network/sysctls.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import { masquerades } from './bridge-options.ts';
import { underHostLock } from './host-lock.ts';

/** Whether the rules had to be made: then those of containers that run already are gone, too. */
export type Found = 'as it was' | 'without rules';

export interface Raised {
  readonly found: Found;
  /** What the administrator has to do, as somebody else's packet filter is in the way. */
  readonly advice: readonly Advice[];
}

/** @param networks With bridges; each is raised unless it is. Throws `conflict` where a link of that name is no bridge of ours. */
export function raiseNetworks(networks: readonly NetworkRecord[]): Raised {
  const found = ensureRuleset() === 'made' ? 'without rules' : 'as it was';
  const missing = networks.filter(({ settings }) => found === 'without rules' || findLink(settings.link)?.up !== true);
  return { found, advice: missing.length === 0 ? [] : underHostLock(() => missing.flatMap(raise)) };
}

/** The bridge last, and last of all that it is up: whoever sees it so takes the rest for granted. */
export function raise({ name, settings }: NetworkRecord): readonly Advice[] {
  const { subnets, internal, link, mtu, options } = settings;
  const families = [...new Set(subnets.map(({ subnet }) => parseSubnet(subnet).family))];
  enableForwarding(families);
  addBridge({
    link,
    internal,
    masquerade: masquerades(options),
  });
  const advice = makeRoom();
  try {
    makeBridge({
      name: link,
      addresses: subnets.map(({ subnet, gateway }) => `${gateway}/${parseSubnet(subnet).prefix}`),
      ...(mtu === undefined ? {} : { mtu }),
    });
  } catch (cause) {
    if (!(cause instanceof TsdockerError)) throw cause;
    throw new TsdockerError(cause.code, `cannot make the bridge of the network ${name}: ${cause.message}`, { cause });
  }
  return advice;
}
