// Has the host carry a network: its bridge, its part of the packet filter, the switches of the kernel.
import { TsdockerError } from '../../error.ts';
import { parseSubnet } from '../../network/address.ts';
import { type Advice, makeRoom } from '../../network/coexistence/make-room.ts';
import { makeBridge } from '../../network/links/bridge.ts';
import { addBridge } from '../../network/nftables/bridges.ts';
import { enableForwarding } from '../../network/sysctls.ts';
import type { NetworkRecord } from '../../store/networks.ts';
import { masquerades } from './bridge-options.ts';

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
