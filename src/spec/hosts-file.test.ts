import { expect, test } from 'vitest';
import { type HostsFacts, hostEntries, hostsFile } from './hosts-file.ts';

const of = (facts: Partial<HostsFacts>) => hostsFile({ hostname: 'box', addresses: [], extraHosts: [], ...facts });
const loopback = of({});

test('a container without a network knows its loopback', () => {
  expect(loopback.split('\n')).toEqual([
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'ff00::\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    '',
  ]);
});

test.each<[string, Partial<HostsFacts>, string]>([
  ['its own addresses', { addresses: ['172.18.0.2', 'fd00::2'] }, '172.18.0.2\tbox\nfd00::2\tbox\n'],
  ['its whole name and the first part', { hostname: 'a.b.c', addresses: ['10.0.0.2'] }, '10.0.0.2\ta.b.c a\n'],
  ['its domain', { domainname: 'b.c', addresses: ['10.0.0.2'] }, '10.0.0.2\tbox.b.c box\n'],
  [
    'extra hosts, before itself',
    {
      extraHosts: [
        ['db', '192.0.2.7'],
        ['six', '2001:db8::7'],
      ],
      addresses: ['10.0.0.2'],
    },
    '192.0.2.7\tdb\n2001:db8::7\tsix\n10.0.0.2\tbox\n',
  ],
])('a container knows %s', (_, facts, expected) => {
  expect(of(facts)).toBe(`${loopback}${expected}`);
});

test('with the host’s network it knows what the host knows, and extra hosts', () => {
  const base = '127.0.0.1 localhost\n127.0.1.1 machine';
  expect(of({ base })).toBe(`${base}\n`);
  expect(of({ base: `${base}\n`, extraHosts: [['db', '192.0.2.7']] })).toBe(`${base}\n192.0.2.7\tdb\n`);
});

test('host-gateway stands for the addresses of the host', () => {
  const hosts = ['db:192.0.2.7', 'six:2001:db8::7', 'host:host-gateway'];
  expect(hostEntries(hosts, ['172.17.0.1', 'fd00::1'])).toEqual([
    ['db', '192.0.2.7'],
    ['six', '2001:db8::7'],
    ['host', '172.17.0.1'],
    ['host', 'fd00::1'],
  ]);
  expect(() => hostEntries(hosts, [])).toThrow(expect.objectContaining({ code: 'usage' }));
});
