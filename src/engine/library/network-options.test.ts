import { describe, expect, test } from 'vitest';
import { type ContainerNetworkOptions, networkingOf } from './network-options.ts';
import { runOptionsOf } from './options.ts';

const nothing = {
  network: 'default',
  publish: [],
  publishAll: false,
  expose: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: [],
};

test('who asks for nothing gets the default network', () => {
  expect(networkingOf({})).toEqual(nothing);
});

test.each<[ContainerNetworkOptions, object]>([
  [{ network: 'none' }, { network: 'none' }],
  [{ network: 'host' }, { network: 'host' }],
  [{ network: { container: 'web' } }, { network: { container: 'web' } }],
  [{ network: 'web' }, { network: { names: [{ name: 'web', aliases: [] }] } }],
  [
    { network: { name: 'web', ip: undefined, aliases: ['a'] } },
    { network: { names: [{ name: 'web', aliases: ['a'] }] } },
  ],
  [
    { network: ['web', { name: 'back', ip6: 'FD00::0:2', mac: '02-00-00-00-00-01' }] },
    {
      network: {
        names: [
          { name: 'web', aliases: [] },
          { name: 'back', aliases: [], ip6: 'fd00::2', mac: '02:00:00:00:00:01' },
        ],
      },
    },
  ],
  [{ network: [] }, { network: 'none' }],
  [
    { publish: [80, { port: 53, protocol: 'udp', hostPort: 5353, hostAddress: '::1' }] },
    {
      publish: [
        { port: 80, hostPort: 0, protocol: 'tcp' },
        { port: 53, hostPort: 5353, protocol: 'udp', hostAddress: '::1' },
      ],
    },
  ],
  [{ expose: [80, '53/udp'] }, { expose: ['80/tcp', '53/udp'] }],
  [{ extraHosts: { db: '192.0.2.7', host: 'host-gateway' } }, { extraHosts: ['db:192.0.2.7', 'host:host-gateway'] }],
  [
    { dns: ['2001:DB8::1'], dnsSearch: ['.'], dnsOptions: ['ndots:1'] },
    { dns: ['2001:db8::1'], dnsSearch: ['.'], dnsOptions: ['ndots:1'] },
  ],
])('%j', (given, expected) => {
  expect(networkingOf(given)).toEqual({ ...nothing, ...expected });
});

describe('what makes no sense, or would be more than a word, is refused:', () => {
  test.each<[ContainerNetworkOptions, RegExp]>([
    [{ network: 'a b' }, /"a b" is not a word/],
    [{ network: ['web', 'host'] }, /the network host cannot be joined together with others/],
    [{ network: { name: 'web', aliases: ['a\n'] } }, /the alias "a\\n" is not a name/],
    [{ network: { name: 'web', ip: '::1' } }, /is no IPv4 address/],
    [{ network: { name: 'web', ip6: '192.0.2.1' } }, /is no IPv6 address/],
    [{ network: { name: 'web', mac: 'x' } }, /is no address of an interface/],
    [{ network: { container: 'web' }, publish: [80] }, /conflicting options: port publishing/],
    [{ publish: [0] }, /0 is no port/],
    [{ publish: [1.5] }, /1.5 is no port/],
    [{ publish: [{ port: 80, hostPort: 65_536 }] }, /65536 is no port of the host/],
    [{ publish: [{ port: 80, hostPort: 9, lastHostPort: 8 }] }, /9-8 is no range/],
    [{ publish: [{ port: 80, protocol: 'sctp' as 'tcp' }] }, /there is tcp and udp/],
    [{ publish: [{ port: 80, hostAddress: 'localhost' }] }, /"localhost" is no address/],
    [{ expose: ['80'] }, /"80" is no port/],
    [{ dns: ['x'] }, /"x" is no address/],
    [{ dnsSearch: ['a\nnameserver 192.0.2.1'] }, /is not a word/],
    [{ dnsOptions: ['a b'] }, /is not a word/],
    [{ extraHosts: { 'a b': '192.0.2.7' } }, /is not a word/],
    [{ extraHosts: { 'a:b': '192.0.2.7' } }, /is no name of a host/],
    [{ extraHosts: { a: 'b' } }, /"b" is no address/],
  ])('%j', (given, message) => {
    const options = () => runOptionsOf('alpine', [], given, { plainHttp: [], mirrors: {} });
    expect(options).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }));
  });

  test.each([{ hostname: 'a b' }, { domainname: 'a\nb' }])('%j', (given) => {
    expect(() => runOptionsOf('alpine', [], given, { plainHttp: [], mirrors: {} })).toThrow('is not a host name');
  });
});
