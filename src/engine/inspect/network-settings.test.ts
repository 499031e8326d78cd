import { describe, expect, test } from 'vitest';
import { type InspectedEndpoint, networkSettings } from './network-settings.ts';

const containerId = 'c'.repeat(64);
const bridge: InspectedEndpoint = {
  id: '1'.repeat(64),
  network: { id: 'a'.repeat(64), name: 'bridge', subnets: [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1' }] },
  containerId,
  aliases: [],
  isUp: true,
  address4: '172.17.0.2',
  mac: '02:42:ac:11:00:02',
};
const both: InspectedEndpoint = {
  id: '2'.repeat(64),
  network: {
    id: 'b'.repeat(64),
    name: 'web',
    subnets: [
      { subnet: '10.9.0.0/24', gateway: '10.9.0.1' },
      { subnet: 'fd00:9::/64', gateway: 'fd00:9::1' },
    ],
  },
  containerId,
  aliases: ['db'],
  ip: '10.9.0.7',
  isUp: true,
  address4: '10.9.0.7',
  address6: 'fd00:9::7',
  mac: '02:42:0a:09:00:07',
};
const sandbox = { containerId, pid: 7 };

test('a container that does not run has no addresses and no ports, and is in its networks', () => {
  const settings = networkSettings(undefined, [{ ...bridge, isUp: false, address4: undefined, mac: undefined }], []);
  expect(settings).toMatchObject({
    SandboxID: '',
    SandboxKey: '',
    IPAddress: '',
    Gateway: '',
    MacAddress: '',
    EndpointID: '',
  });
  expect(settings.Ports).toEqual(new Map());
  expect(settings.Networks.get('bridge')).toEqual({
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    NetworkID: bridge.network.id,
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: '',
    DriverOpts: null,
  });
});

describe('a running container', () => {
  test('has the addresses of the default network at the top', () => {
    expect(networkSettings(sandbox, [both, bridge], [])).toMatchObject({
      SandboxID: containerId,
      SandboxKey: '/proc/7/ns/net',
      IPAddress: '172.17.0.2',
      IPPrefixLen: 16,
      Gateway: '172.17.0.1',
      MacAddress: '02:42:ac:11:00:02',
      EndpointID: bridge.id,
    });
  });

  test('has those of other networks in Networks alone, in the order of their names', () => {
    const settings = networkSettings(sandbox, [both], []);
    expect(settings).toMatchObject({ IPAddress: '', Gateway: '', MacAddress: '' });
    expect([...networkSettings(sandbox, [both, bridge], []).Networks.keys()]).toEqual(['bridge', 'web']);
    expect(settings.Networks.get('web')).toMatchObject({
      IPAMConfig: { IPv4Address: '10.9.0.7' },
      Aliases: ['db', containerId.slice(0, 12)],
      Gateway: '10.9.0.1',
      IPAddress: '10.9.0.7',
      IPPrefixLen: 24,
      IPv6Gateway: 'fd00:9::1',
      GlobalIPv6Address: 'fd00:9::7',
      GlobalIPv6PrefixLen: 64,
      MacAddress: '02:42:0a:09:00:07',
    });
  });

  test('has its ports as Docker maps them', () => {
    const ports = [
      { port: 80, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080 },
      { port: 80, protocol: 'tcp', hostAddress: '::', hostPort: 8080 },
      { port: 443, protocol: 'tcp' },
    ];
    expect(networkSettings(sandbox, [bridge], ports).Ports).toEqual(
      new Map([
        ['443/tcp', null],
        [
          '80/tcp',
          [
            { HostIp: '0.0.0.0', HostPort: '8080' },
            { HostIp: '::', HostPort: '8080' },
          ],
        ],
      ]),
    );
  });

  test('that has the host’s network is in it without addresses', () => {
    const host = {
      id: '3'.repeat(64),
      network: { id: 'd'.repeat(64), name: 'host', subnets: [] },
      containerId,
      aliases: [],
      isUp: true,
    };
    expect(networkSettings(sandbox, [host], []).Networks.get('host')).toMatchObject({ Aliases: null, IPAddress: '' });
  });
});
