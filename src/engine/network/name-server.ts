// The sockets of a container's resolver: made in its namespace, given to its shim, which has somebody listen when a question
// comes (native/door.c). 127.0.0.11 as in Docker, and a port of its own: the container may have a name server itself.
import * as k from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';
import { sendDoor } from '../../launch/frames.ts';
import { inNetworkNamespace } from '../../network/links/namespace.ts';
import { redirectNames } from '../../network/nftables/redirect.ts';
import { boundPort, socketAddress } from '../../network/reserve.ts';

export const nameServer = '127.0.0.11';
const backlog = 16;

/** @param control A connection to the shim, which keeps the sockets. */
export function openNameServer(namespace: number, control: number): void {
  const sockets = inNetworkNamespace(namespace, () => {
    const udp = bound(k.SOCK_DGRAM);
    try {
      const tcp = bound(k.SOCK_STREAM);
      return { udp, tcp };
    } catch (error) {
      kernel.close(udp);
      throw error;
    }
  });
  try {
    kernel.listen(sockets.tcp, backlog);
    redirectNames(namespace, { udp: boundPort(sockets.udp), tcp: boundPort(sockets.tcp) });
    sendDoor(control, { kind: 'resolver', protocol: 'udp' }, sockets.udp);
    sendDoor(control, { kind: 'resolver', protocol: 'tcp' }, sockets.tcp);
  } finally {
    kernel.close(sockets.udp);
    kernel.close(sockets.tcp);
  }
}

function bound(type: number): number {
  const socket = kernel.socket(k.AF_INET, type | k.SOCK_NONBLOCK, 0);
  try {
    kernel.bind(socket, socketAddress(nameServer, 0));
    return socket;
  } catch (error) {
    kernel.close(socket);
    throw error;
  }
}
