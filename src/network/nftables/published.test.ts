import { expect, test } from 'vitest';
import { parseMessages } from '../netlink/message.ts';
import { compileElements, type Published, unpublishBatch } from './published.ts';

const web: Published = { protocol: 'tcp', hostPort: 8080, address: '172.17.0.2', port: 80 };
const setsOf = (...ports: Published[]): string[] => compileElements(ports, []).map(({ set }) => set);

test('a port is keyed by protocol and port, and leads to an address and a port', () => {
  expect(compileElements([web], [])).toEqual([
    {
      set: 'published4',
      key: Uint8Array.of(6, 0, 0, 0, 0x1f, 0x90, 0, 0),
      value: Uint8Array.of(172, 17, 0, 2, 0, 80, 0, 0),
    },
  ]);
});

test.each([
  ['any address of its family', {}, ['published4']],
  ['0.0.0.0', { hostAddress: '0.0.0.0' }, ['published4']],
  ['one address', { hostAddress: '192.0.2.1' }, ['published_at4']],
  ['any address, IPv6', { address: 'fd00::2' }, ['published6', 'relayed6']],
  ['::', { hostAddress: '::', address: 'fd00::2' }, ['published6', 'relayed6']],
  ['one address, IPv6', { hostAddress: '2001:db8::1', address: 'fd00::2' }, ['published_at6', 'relayed_at6']],
])('%s', (_, fields, sets) => {
  expect(setsOf({ ...web, ...fields })).toEqual(sets);
});

test.each([
  ['the loopback', { hostAddress: '127.0.0.1' }],
  ['another address of the loopback', { hostAddress: '127.1.2.3' }],
  ['the loopback of IPv6', { hostAddress: '::1', address: 'fd00::2' }],
  ['an address of the other family', { hostAddress: '2001:db8::1' }],
])('%s is the relay’s alone', (_, fields) => {
  expect(setsOf({ ...web, ...fields })).toEqual([]);
});

test('what the relay serves to clients from outside is noted, unless it is of the loopback', () => {
  const relayed = [
    { protocol: 'udp', port: 53 },
    { protocol: 'udp', port: 53, hostAddress: '2001:db8::1' },
    { protocol: 'udp', port: 53, hostAddress: '::1' },
    { protocol: 'udp', port: 53, hostAddress: '192.0.2.1' },
  ] as const;
  expect(compileElements([], relayed).map(({ set }) => set)).toEqual(['relayed6', 'relayed_at6']);
});

test('the batch that takes ports away is one transaction', () => {
  const types = parseMessages(unpublishBatch([web, { ...web, hostAddress: '192.0.2.1' }])).map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual([0x10, 0x11]);
  expect(types.length).toBeGreaterThan(2);
});

test('nothing published takes nothing away', () => {
  expect(unpublishBatch([{ ...web, hostAddress: '127.0.0.1' }])).toHaveLength(0);
});
