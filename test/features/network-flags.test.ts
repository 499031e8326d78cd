// What a person sees of networks and ports: ps, port, inspect and their filters, the warnings of run, and what flags are refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
const image = 'localhost/busybox';

beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
  await world.ok('network', 'create', 'blue');
  await world.idle(
    '--name',
    'web',
    '-p',
    '8080:80',
    '-p',
    '7000-7002:7000-7002',
    '-p',
    '127.0.0.1:5353:53/udp',
    '--expose',
    '443',
  );
  await world.idle(
    '--name',
    'six',
    '--network',
    'red:ip=10.1.0.9,ip6=fd00:1::9,alias=db',
    '--network',
    'blue',
    '-p',
    '[::1]:9000:90',
  );
  await world.idle('--name', 'lone', '--network', 'none', '--expose', '443', '-p', '81:81');
  await world.idle('--name', 'guest', '--network', 'container:web');
});
afterAll(() => world[Symbol.asyncDispose]());

const inspect = async (name: string, field: string): Promise<unknown> =>
  JSON.parse(await world.ok('inspect', '-f', `{{json .${field}}}`, name));
const names = async (...words: string[]): Promise<string[]> =>
  (await world.ok('ps', '--format', '{{.Names}}', ...words))
    .split('\n')
    .filter((name) => name !== '')
    .sort();

describe('ps', () => {
  test('shows ports as Docker does: ranges joined, what is only exposed as well', async () => {
    const ports = await world.ok('ps', '--format', '{{.Ports}}', '--filter', 'name=^web$');
    expect(ports).toBe(
      [
        '443/tcp',
        '0.0.0.0:7000-7002->7000-7002/tcp',
        ':::7000-7002->7000-7002/tcp',
        '127.0.0.1:5353->53/udp',
        '0.0.0.0:8080->80/tcp',
        ':::8080->80/tcp',
      ].join(', '),
    );
    expect(await world.ok('ps')).toContain(ports);
  });

  test('shows the networks of each, and no ports where there are none of its own', async () => {
    const lines = (await world.ok('ps', '--format', '{{.Names}}|{{.Networks}}|{{.Ports}}')).split('\n').sort();
    expect(lines.filter((line) => !line.startsWith('web|'))).toEqual([
      'guest||',
      'lone|none|',
      'six|red,blue|::1:9000->90/tcp',
    ]);
  });

  test('finds containers by network, by its id, and by ports', async () => {
    const id = await world.ok('network', 'inspect', '-f', '{{.Id}}', 'red');
    expect(await names('--filter', 'network=red')).toEqual(['six']);
    expect(await names('--filter', `network=${id.slice(0, 12)}`)).toEqual(['six']);
    expect(await names('--filter', 'network=bridge')).toEqual(['web']);
    expect(await names('--filter', 'network=none', '--filter', 'network=blue')).toEqual(['lone', 'six']);
    expect(await names('--filter', 'publish=8080')).toEqual(['web']);
    expect(await names('--filter', 'publish=5000-6000/udp')).toEqual(['web']);
    expect(await names('--filter', 'publish=80')).toEqual([]);
    expect(await names('--filter', 'expose=443')).toEqual(['web']);
    expect(await names('--filter', 'expose=90')).toEqual(['six']);
  });

  test('shows no ports of a container that does not run', async () => {
    await world.idle('--name', 'brief', '-p', '8111:80');
    await world.ok('kill', 'brief');
    expect(await world.ok('ps', '-a', '--format', '{{.Ports}}', '--filter', 'name=brief')).toBe('');
    expect(await world.ok('port', 'brief')).toBe('');
    expect(await inspect('brief', 'NetworkSettings.Ports')).toEqual({});
    expect(await inspect('brief', 'NetworkSettings.IPAddress')).toBe('');
    await world.ok('rm', 'brief');
  });
});

describe('port', () => {
  test('lists where each port is reached', async () => {
    expect((await world.ok('port', 'web')).split('\n')).toEqual([
      '53/udp -> 127.0.0.1:5353',
      '80/tcp -> 0.0.0.0:8080',
      '80/tcp -> :::8080',
      ...[7000, 7001, 7002].flatMap((port) => [`${port}/tcp -> 0.0.0.0:${port}`, `${port}/tcp -> :::${port}`]),
    ]);
    expect(await world.ok('port', 'web', '80')).toBe('0.0.0.0:8080\n:::8080');
    expect(await world.ok('port', 'web', '53/udp')).toBe('127.0.0.1:5353');
  });

  test.each([
    ['443/tcp', 'no public port 443/tcp is published for web'],
    ['53', 'no public port 53/tcp is published for web'],
  ])('says that %s is not published', async (port, message) => {
    const { status, stderr } = await world.tsdocker('port', 'web', port);
    expect([status, stderr]).toEqual([expect.any(Number), `tsdocker: ${message}\n`]);
    expect(status).not.toBe(0);
  });
});

describe('inspect', () => {
  test('has the address on the default network where scripts look for it', async () => {
    const address = await world.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'web');
    expect(
      (await world.inside('web').then((station) => station.must('ip', '-4', 'addr', 'show', 'eth0'))).includes(
        `inet ${address}/`,
      ),
    ).toBe(true);
    expect(await inspect('web', 'NetworkSettings')).toMatchObject({
      IPAddress: address,
      Gateway: address.replace(/\.\d+$/, '.1'),
      MacAddress: expect.stringMatching(/^02:42:/),
      SandboxKey: expect.stringMatching(/^\/proc\/\d+\/ns\/net$/),
      Ports: {
        '80/tcp': [
          { HostIp: '0.0.0.0', HostPort: '8080' },
          { HostIp: '::', HostPort: '8080' },
        ],
        '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
        '443/tcp': null,
      },
    });
  });

  test('has the addresses of other networks by their names', async () => {
    const id = await world.ok('network', 'inspect', '-f', '{{.Id}}', 'red');
    expect(await inspect('six', 'NetworkSettings.Networks.red')).toMatchObject({
      IPAMConfig: { IPv4Address: '10.1.0.9', IPv6Address: 'fd00:1::9' },
      Aliases: expect.arrayContaining(['db']),
      NetworkID: id,
      Gateway: '10.1.0.1',
      IPAddress: '10.1.0.9',
      IPPrefixLen: 16,
      IPv6Gateway: 'fd00:1::1',
      GlobalIPv6Address: 'fd00:1::9',
      GlobalIPv6PrefixLen: 64,
    });
    expect(await inspect('six', 'NetworkSettings.IPAddress')).toBe('');
    expect(Object.keys((await inspect('six', 'NetworkSettings.Networks')) as object)).toEqual(['blue', 'red']);
    const endpoint = await world.ok('network', 'inspect', '-f', '{{range .Containers}}{{.EndpointID}}{{end}}', 'red');
    expect(await inspect('six', 'NetworkSettings.Networks.red.EndpointID')).toBe(endpoint);
  });

  test('says what was asked for', async () => {
    expect(await inspect('web', 'HostConfig')).toMatchObject({
      NetworkMode: 'default',
      PublishAllPorts: false,
      PortBindings: {
        '80/tcp': [{ HostIp: '', HostPort: '8080' }],
        '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
      },
    });
    expect(Object.keys((await inspect('web', 'Config.ExposedPorts')) as object)).toContain('443/tcp');
    expect(await inspect('six', 'HostConfig.NetworkMode')).toBe('red');
    const web = await world.ok('inspect', '-f', '{{.Id}}', 'web');
    expect(await inspect('guest', 'HostConfig.NetworkMode')).toBe(`container:${web}`);
    expect(await inspect('guest', 'NetworkSettings.Networks')).toEqual({});
    expect(await inspect('guest', 'Config.Hostname')).toBe(web.slice(0, 12));
    expect(await inspect('lone', 'NetworkSettings.Networks')).toMatchObject({ none: { IPAddress: '' } });
    const flags = ['--dns', '192.0.2.9', '--dns-search', 'x.test', '--dns-opt', 'rotate', '--add-host', 'a=192.0.2.7'];
    await world.ok('create', '--name', 'asked', '-P', ...flags, image);
    expect(await inspect('asked', 'HostConfig')).toMatchObject({
      PublishAllPorts: true,
      Dns: ['192.0.2.9'],
      DnsSearch: ['x.test'],
      DnsOptions: ['rotate'],
      ExtraHosts: ['a:192.0.2.7'],
    });
    await world.ok('rm', 'asked');
  });
});

test('--publish-all gives every exposed port a free one of the host, and -p without one as well', async () => {
  await world.idle('--name', 'free', '-P', '--expose', '90-91', '-p', '92/udp', '-p', '8200:93');
  const lines = (await world.ok('port', 'free')).split('\n');
  expect(lines.map((line) => line.replace(/\d+$/, 'N'))).toEqual([
    ...['90/tcp', '91/tcp', '92/udp', '93/tcp'].flatMap((port) => [`${port} -> 0.0.0.0:N`, `${port} -> :::N`]),
  ]);
  const hostPorts = new Set(lines.map((line) => Number(/\d+$/.exec(line))));
  expect(hostPorts.size).toBe(4);
  expect(hostPorts).toContain(8200);
  await world.ok('rm', '-f', 'free');
});

test('a range of the host for one port of the container gives the first free one', async () => {
  await world.idle('--name', 'first', '-p', '8300-8302:80');
  await world.idle('--name', 'second', '-p', '8300-8302:80');
  expect(await world.ok('port', 'first', '80')).toBe('0.0.0.0:8300\n:::8300');
  expect(await world.ok('port', 'second', '80')).toBe('0.0.0.0:8301\n:::8301');
  await world.ok('rm', '-f', 'first', 'second');
});

test('what is granted and not meant is said beside the output', async () => {
  const host = await world.tsdocker('run', '--rm', '--network', 'host', '-p', '8400:80', image, 'echo', 'run');
  expect(host).toEqual({
    status: 0,
    stdout: 'run\n',
    stderr: 'tsdocker: published ports are discarded when using host network mode\n',
  });
  const dns = await world.tsdocker('run', '--rm', '--dns', '127.0.0.1', image, 'echo', 'run');
  expect(dns).toMatchObject({
    status: 0,
    stdout: 'run\n',
    stderr: expect.stringMatching(/^tsdocker: .*127\.0\.0\.1.*\n$/),
  });
  expect(await world.tsdocker('run', '--rm', '-p', '8400:80', image, 'true')).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  [
    ['--network', 'container:web', '-p', '80'],
    'conflicting options: port publishing and the container type network mode',
  ],
  [['--network', 'container:web', '-P'], 'conflicting options: port publishing and the container type network mode'],
  [
    ['--network', 'container:web', '--expose', '80'],
    'conflicting options: port exposing and the container type network mode',
  ],
  [['--network', 'container:web', '-h', 'box'], 'conflicting options: hostname and the network mode'],
  [['--network', 'container:web', '--dns', '192.0.2.1'], 'conflicting options: dns and the network mode'],
  [
    ['--network', 'container:web', '--add-host', 'a:192.0.2.1'],
    'conflicting options: custom host-to-IP mapping and the network mode',
  ],
  [
    ['--network', 'container:web', '--mac-address', '02:42:ac:11:00:09'],
    'conflicting options: mac-address and the network mode',
  ],
  [
    ['--network', 'host', '--mac-address', '02:42:ac:11:00:09'],
    'conflicting options: mac-address and the network mode',
  ],
  [
    ['--network', 'host', '--network-alias', 'a'],
    'network-scoped alias is supported only for containers in user defined networks',
  ],
  [['--network', 'none', '--ip', '10.1.0.5'], 'user specified IP address is supported on user defined networks only'],
  [
    ['--network', 'red', '--network', 'none'],
    'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
  ],
  [['--network', 'red', '--network', 'red'], 'the network red is given several times'],
  [['--network', 'container:nobody'], 'there is no container nobody'],
])('run %j is refused with 125 and leaves nothing', async (flags, message) => {
  const before = await world.state();
  const ended = await world.tsdocker('run', '--rm', ...flags, image, 'true');
  expect([ended.status, ended.stdout]).toEqual([125, '']);
  expect(ended.stderr.split('\n')[0]).toBe(`tsdocker: ${message}`);
  expect(await world.state()).toEqual(before);
});
