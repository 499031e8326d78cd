import { describe, expect, test } from 'vitest';
import type { NetworkMode } from '../../spec/run-options.ts';
import { type NetworkFlags, parseNetworks } from './networks.ts';

const none: NetworkFlags = { networks: [], aliases: [], ip: undefined, ip6: undefined, mac: undefined };
const of = (networks: readonly string[], flags: Partial<NetworkFlags> = {}) =>
  parseNetworks({ ...none, networks, ...flags });
const mac = '02:42:ac:11:00:02';

describe('a container is in', () => {
  test.each<[string, readonly string[], Partial<NetworkFlags>, NetworkMode]>([
    ['the default network where nobody says', [], {}, 'default'],
    ['the default network by that name', ['default'], {}, 'default'],
    ['the network bridge by its name', ['bridge'], {}, { names: [{ name: 'bridge', aliases: [] }] }],
    ['the default network by an address of its own', [], { mac }, { names: [{ name: 'bridge', aliases: [], mac }] }],
    ['no network', ['none'], {}, 'none'],
    ['no network, whatever its interface would be called', ['none'], { mac }, 'none'],
    ['the host’s', ['host'], {}, 'host'],
    ['another’s', ['container:web'], {}, { container: 'web' }],
    ['a network of the user’s', ['web'], {}, { names: [{ name: 'web', aliases: [] }] }],
    [
      'several',
      ['web', 'back:alias=a,alias=b', 'bridge'],
      { aliases: ['x', 'x'], ip: '192.0.2.2', ip6: 'FD00::0:2', mac: mac.toUpperCase() },
      {
        names: [
          { name: 'web', aliases: ['x'], ip: '192.0.2.2', ip6: 'fd00::2', mac },
          { name: 'back', aliases: ['a', 'b'] },
          { name: 'bridge', aliases: [] },
        ],
      },
    ],
    [
      'one with settings of its own',
      [`web:ip=192.0.2.2,ip6=fd00::2,mac=${mac},alias=db`],
      {},
      { names: [{ name: 'web', aliases: ['db'], ip: '192.0.2.2', ip6: 'fd00::2', mac }] },
    ],
    [
      'one with an address of IPv6 as podman writes it',
      ['web:ip=fd00::2'],
      {},
      { names: [{ name: 'web', aliases: [], ip6: 'fd00::2' }] },
    ],
    [
      'one as Docker writes it',
      ['name=web, alias=db,ip=192.0.2.2'],
      {},
      { names: [{ name: 'web', aliases: ['db'], ip: '192.0.2.2' }] },
    ],
  ])('%s', (_, networks, flags, expected) => {
    expect(of(networks, flags)).toEqual(expected);
  });
});

describe('what contradicts itself is refused:', () => {
  test.each<[readonly string[], Partial<NetworkFlags>, string]>([
    [['host', 'web'], {}, 'conflicting options: cannot attach both user-defined and non-user-defined network-modes'],
    [['web', 'container:x'], {}, 'cannot attach both user-defined and non-user-defined network-modes'],
    [['web', 'web'], {}, 'the network web is given several times'],
    [['container:'], {}, 'names no container'],
    [['host'], { aliases: ['a'] }, 'network-scoped alias is supported only for containers in user defined networks'],
    [['none'], { ip: '192.0.2.2' }, 'user specified IP address is supported on user defined networks only'],
    [['container:x'], { mac }, 'conflicting options: mac-address and the network mode'],
    [['host'], { mac }, 'conflicting options: mac-address and the network mode'],
    [['host:ip=192.0.2.2'], {}, 'user specified IP address is supported on user defined networks only'],
    [['bridge'], { ip: '192.0.2.2' }, 'user specified IP address is supported on user defined networks only'],
    [[], { ip6: 'fd00::2' }, 'user specified IP address is supported on user defined networks only'],
    [[], { aliases: ['a'] }, 'network-scoped alias is supported only for containers in user defined networks'],
    [['web', 'bridge:alias=a'], {}, 'network-scoped alias is supported only for containers in user defined networks'],
    [
      ['web:alias=a'],
      { aliases: ['b'] },
      'conflicting options: cannot specify both --network-alias and per-network alias',
    ],
    [['web:ip=192.0.2.2'], { ip: '192.0.2.3' }, 'cannot specify both --ip and per-network IPv4 address'],
    [['web:ip6=fd00::2'], { ip6: 'fd00::2' }, 'cannot specify both --ip6 and per-network IPv6 address'],
    [[`web:mac=${mac}`], { mac }, 'cannot specify both --mac-address and per-network MAC address'],
  ])('%j %j', (networks, flags, message) => {
    expect(() => of(networks, flags)).toThrow(message);
  });
});

describe('what makes no sense is refused:', () => {
  test.each<[readonly string[], Partial<NetworkFlags>, string]>([
    [['web:ip=192.0.2'], {}, 'the value "192.0.2" of --network is no IPv4 address'],
    [['web:ip6=192.0.2.1'], {}, 'the value "192.0.2.1" of --network is no IPv6 address'],
    [['web:color=red'], {}, 'the value "web:color=red" of --network has "color=red" in it'],
    [['alias=a'], {}, 'names no network'],
    [[''], {}, 'the value "" of --network names no network'],
    [[':ip=192.0.2.1'], {}, 'has ":ip=192.0.2.1" in it'],
    [['a b'], {}, 'is not the name of a network'],
    [['../x'], {}, 'is not the name of a network'],
    [['web'], { ip: 'x' }, 'the value "x" of --ip is no IPv4 address'],
    [['web'], { ip6: 'x' }, 'the value "x" of --ip6 is no IPv6 address'],
    [['web'], { mac: 'x' }, 'the value "x" of --mac-address is no address of an interface'],
    [['web'], { mac: 'ff:ff:ff:ff:ff:ff' }, 'of --mac-address is no address of an interface'],
    [['web'], { aliases: ['a b'] }, 'the value "a b" of --network-alias is not a name'],
    [['web'], { aliases: ['a\nb'] }, 'of --network-alias is not a name'],
    [['web'], { aliases: ['-a'] }, 'of --network-alias is not a name'],
    [['web'], { aliases: ['a..b'] }, 'of --network-alias is not a name'],
    [['web'], { aliases: ['a'.repeat(64)] }, 'of --network-alias is not a name'],
  ])('%j %j', (networks, flags, message) => {
    expect(() => of(networks, flags)).toThrow(message);
  });
});
