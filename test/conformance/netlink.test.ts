// Netlink sockets and network namespaces of src/network against the kernel, each test in a namespace of its own.
import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AF_NETLINK, NETLINK_ROUTE, SOCK_RAW } from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { structure } from '../../src/kernel/memory.ts';
import { findLink, listLinks } from '../../src/network/links/bridge.ts';
import { interfaceAddress, newAddress } from '../../src/network/links/messages.ts';
import { inNetworkNamespace } from '../../src/network/links/namespace.ts';
import { listAddresses } from '../../src/network/links/routes.ts';
import { raiseLoopback } from '../../src/network/links/veth.ts';
import { openNetlink } from '../../src/network/netlink/socket.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';

const bridge = { name: 'tsd0', addresses: ['172.31.7.1/24', 'fd00:7::1/64'] };

test('a thread comes back from a namespace, however it goes there', () => {
  const own = readlinkSync('/proc/thread-self/ns/net');
  const open = readdirSync('/proc/self/fd').length;
  {
    using place = new NetworkNamespace();
    expect(readlinkSync('/proc/thread-self/ns/net')).toBe(own);
    const theirs = place.in(() => readlinkSync('/proc/thread-self/ns/net'));
    expect(theirs).not.toBe(own);
    expect(() =>
      place.in(() => {
        throw new Error('on the way');
      }),
    ).toThrow('on the way');
    expect(readlinkSync('/proc/thread-self/ns/net')).toBe(own);
  }
  expect(() => inNetworkNamespace(0x7fffffff, () => 1)).toThrow(/^setns failed: EBADF/);
  expect(readlinkSync('/proc/thread-self/ns/net')).toBe(own);
  expect(readdirSync('/proc/self/fd')).toHaveLength(open);
});

test('a long list goes in one datagram, and a dump brings all of it back', () => {
  using place = new NetworkNamespace();
  raiseLoopback(place.descriptor);
  using socket = openNetlink(NETLINK_ROUTE, place.descriptor);
  const addresses = Array.from({ length: 3000 }, (_, n) => `10.${n >> 8}.${n & 255}.1/32`);
  const messages = addresses.map((address) => newAddress(1, interfaceAddress(address)));
  expect(socket.request(messages)).toEqual([]);
  expect(place.in(listAddresses).map(({ address }) => address)).toEqual(expect.arrayContaining(addresses));
});

test('of a list in which many fail, the first that did is told, by its place and in the kernel’s words', () => {
  using place = new NetworkNamespace();
  using socket = openNetlink(NETLINK_ROUTE, place.descriptor);
  const good = newAddress(1, interfaceAddress('10.0.0.1/8'));
  const bad = newAddress(1, { ...interfaceAddress('10.0.0.1/8'), prefix: 33 });
  const messages = [...Array(700).fill(good), ...Array(3000).fill(bad)];
  const what = messages.map((_, index) => `address ${index}`);
  expect(() => socket.request(messages, what)).toThrow(
    expect.objectContaining({
      index: 700,
      errno: 22,
      message: expect.stringMatching(/^address 700 failed: EINVAL .*: .*invalid prefix/i),
    }),
  );
  expect(socket.request([good]), 'the socket is good for the next').toEqual([]);
});

test('a socket takes answers from the kernel alone, not from the container’s root', () => {
  using place = new NetworkNamespace();
  using socket = openNetlink(NETLINK_ROUTE, place.descriptor);
  const address = kernel.getsockname(socket.descriptor);
  const stranger = place.in(() => kernel.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  try {
    expect(() => {
      kernel.connect(stranger, address);
      kernel.send(stranger, structure([4, 16], [2, 3], [2, 0], [4, 1], [4, 0]));
    }).toThrow(/ECONNREFUSED/);
  } finally {
    kernel.close(stranger);
  }
});

test('many processes make one bridge and connect to it at once, and none fails', async () => {
  using host = new NetworkNamespace();
  const source = new URL('../../src/network/links/', import.meta.url).href;
  const script = (process: number) => `
    import { makeBridge } from '${source}bridge.ts';
    import { connectVeth } from '${source}veth.ts';
    import { createNetworkNamespace } from '${source}namespace.ts';
    for (let n = 0; n < 5; n++) {
      makeBridge(${JSON.stringify(bridge)});
      const address = ${process} * 5 + n + 2;
      const mac = '02:42:ac:1f:07:' + address.toString(16).padStart(2, '0');
      connectVeth({ hostName: 'tsv' + address, bridge: 'tsd0', namespace: createNetworkNamespace(), name: 'eth0', mac,
        addresses: ['172.31.7.' + address + '/24'], gateways: ['172.31.7.1'] });
    }
    console.log('connected');
    process.stdin.once('end', () => process.exit()).resume();`;
  const children = host.in(() =>
    Array.from({ length: 4 }, (_, n) =>
      spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script(n)]),
    ),
  );
  try {
    await Promise.all(children.map(connected));
    const ports = host.in(listLinks).filter(({ kind }) => kind === 'veth');
    expect(ports).toHaveLength(20);
    const { index } = host.in(() => findLink('tsd0'))!;
    expect(new Set(ports.map(({ master }) => master))).toEqual(new Set([index]));
  } finally {
    for (const child of children) child.stdin.end();
  }
});

/** Resolves when the child says that it is connected; rejects with what it says else. */
function connected(child: ReturnType<typeof spawn>): Promise<void> {
  let complaint = '';
  child.stderr!.on('data', (chunk) => {
    complaint += chunk;
  });
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('close', () => reject(new Error(complaint)));
  });
}
