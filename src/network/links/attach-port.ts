// Makes an interface the port of a bridge that was deleted and made anew.
import { u32 } from '../netlink/attributes.ts';
import { NETLINK_ROUTE } from '../netlink/constants.ts';
import { openNetlink } from '../netlink/socket.ts';
import * as r from './constants.ts';
import { lookUpLink } from './link.ts';
import { raiseLink } from './messages.ts';
import { settle } from './settle.ts';
import { portMessage } from './veth-messages.ts';

/** False where either is not there. Nothing changes where it is a port of that bridge already. Throws NetlinkError. */
export function attachPort(hostName: string, bridge: string): boolean {
  using socket = openNetlink(NETLINK_ROUTE);
  const port = lookUpLink(socket, hostName);
  const master = lookUpLink(socket, bridge);
  if (port === undefined || master === undefined) return false;
  if (port.master === master.index) return true;
  socket.request(
    [raiseLink(port.index, [[r.IFLA_MASTER, u32(master.index)]]), portMessage(port.index)],
    [`making ${hostName} a port of ${bridge}`, `bringing ${hostName} up`],
  );
  settle(socket, hostName, bridge);
  return true;
}
