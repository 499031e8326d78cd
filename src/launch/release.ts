// What the shim does about networks when its container is over, as a launch program: translations go, and names. No engine is
// needed for it (native/README.md, "The life of a shim").
import * as k from '../kernel/constants.ts';
import { flags, memory, named, type Phase, ProgramBuilder } from './program.ts';

/**
 * @param batches Datagrams for the packet filter (nfnetlink), each a transaction of its own. @param files Absolute paths of files
 * to be removed.
 */
export function compileRelease(batches: readonly Uint8Array[], files: readonly string[]): Phase {
  const program = new ProgramBuilder();
  program.group('names');
  for (const path of files) {
    program.call(`removing ${path}`, 'unlinkat', [named('AT_FDCWD', k.AT_FDCWD), path, 0], { accepted: ['ENOENT'] });
  }
  if (batches.length === 0) return program.end();
  program.group('translations');
  const socket = program.call(
    'opening a socket to the packet filter',
    'socket',
    [
      named('AF_NETLINK', k.AF_NETLINK),
      flags(['SOCK_RAW', k.SOCK_RAW], ['SOCK_CLOEXEC', k.SOCK_CLOEXEC]),
      named('NETLINK_NETFILTER', k.NETLINK_NETFILTER),
    ],
    { as: 'netfilter' },
  );
  const room = Math.max(...batches.map(({ byteLength }) => byteLength)) + 4096; // a datagram is sent whole or not at all
  program.call('making room for what is sent', 'setsockopt', [
    socket,
    named('SOL_SOCKET', k.SOL_SOCKET),
    named('SO_SNDBUFFORCE', k.SO_SNDBUFFORCE),
    memory(`{${room}}`, [4, room]),
    4,
  ]);
  for (const batch of batches) {
    const bytes = memory(`<${batch.byteLength} bytes>`, batch);
    program.call('taking translations away', 'sendto', [socket, bytes, batch.byteLength, 0, 0, 0]);
  }
  return program.end();
}
