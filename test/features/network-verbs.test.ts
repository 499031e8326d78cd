// tsdocker network create, ls, inspect, rm, prune, connect and disconnect, of networks that no running container is in: records
// alone. Nothing of the host is touched.
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addBusybox } from '../support/busybox-image.ts';
import { type Ended, makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeEach(() => {
  store = makeStore();
});
afterEach(() => {
  store[Symbol.dispose]();
  expect(spawnSync('ip', ['-br', 'link'], { encoding: 'utf8' }).stdout).not.toMatch(/^tsd/m);
});

const network = (...words: readonly string[]): Ended => store.tsdocker('network', ...words);
const names = (...filters: readonly string[]): string[] =>
  network('ls', '--format', '{{.Name}}', ...filters.flatMap((filter) => ['-f', filter]))
    .stdout.split('\n')
    .slice(0, -1);

/** What `network inspect` says of one. */
const inspected = (name: string) => JSON.parse(network('inspect', name).stdout)[0];

/** It ended with 1, said one line and perhaps a hint, and printed nothing. */
function expectRefused(ended: Ended, message: string): void {
  expect([ended.status, ended.stdout]).toEqual([1, '']);
  expect(ended.stderr).toMatch(/^tsdocker: .*\n( {2}hint: .*\n)?$/);
  expect(ended.stderr).toContain(message);
}

/** A container that is made and not started. */
async function container(name: string, ...flags: readonly string[]): Promise<string> {
  await addBusybox(store.root, 'localhost/busybox');
  const { status, stdout, stderr } = store.tsdocker(
    'create',
    '--name',
    name,
    ...flags,
    'localhost/busybox',
    'sleep',
    '100',
  );
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

const networksOf = (name: string) =>
  JSON.parse(store.tsdocker('inspect', '-f', '{{json .NetworkSettings.Networks}}', name).stdout) as object;

test('bridge, host and none are always there, and cannot be removed or made', () => {
  const { status, stdout, stderr } = network('ls');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.replaceAll(/^[0-9a-f]{12}/gm, '0123456789ab')).toBe(
    'NETWORK ID     NAME      DRIVER    SCOPE\n' +
      '0123456789ab   bridge    bridge    local\n' +
      '0123456789ab   host      host      local\n' +
      '0123456789ab   none      null      local\n',
  );
  expect(network('ls').stdout).toBe(stdout);
  for (const name of ['bridge', 'host', 'none']) {
    expectRefused(network('rm', name), `${name} is a pre-defined network and cannot be removed`);
    expectRefused(network('create', name), `operation is not permitted on predefined ${name} network`);
  }
  expectRefused(network('create', 'default'), 'operation is not permitted on predefined default network');
  expect(inspected('none')).toMatchObject({ Driver: 'null', IPAM: { Config: [] }, Containers: {} });
});

test('a network is made, shown and removed', () => {
  const made = network(
    ...['create', '--subnet', '10.90.0.9/16', '--subnet', 'fd00:90::/64', '--gateway', '10.90.9.9', '--internal'],
    ...['--ip-range', '10.90.5.0/24', '--aux-address', 'printer=10.90.5.7', '--label', 'tier=web', '--label', 'seen'],
    ...['-o', 'mtu=1400', '-o', 'com.docker.network.bridge.enable_ip_masquerade=false', 'backend'],
  );
  expect(made).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
  const id = made.stdout.trim();
  expect(inspected('backend')).toEqual({
    Name: 'backend',
    Id: id,
    Created: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    Scope: 'local',
    Driver: 'bridge',
    EnableIPv6: true,
    IPAM: {
      Driver: 'default',
      Options: {},
      Config: [
        {
          Subnet: '10.90.0.0/16',
          IPRange: '10.90.5.0/24',
          Gateway: '10.90.9.9',
          AuxiliaryAddresses: { printer: '10.90.5.7' },
        },
        { Subnet: 'fd00:90::/64', Gateway: 'fd00:90::1' },
      ],
    },
    Internal: true,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options: { mtu: '1400', 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
    Labels: { tier: 'web', seen: '' },
  });
  expect(JSON.parse(network('ls', '--format', 'json', '-f', 'name=back').stdout)).toEqual({
    CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\d [\d:.]+ \+0000 UTC$/),
    Driver: 'bridge',
    ID: id.slice(0, 12),
    IPv4: 'true',
    IPv6: 'true',
    Internal: 'true',
    Labels: 'seen=,tier=web',
    Name: 'backend',
    Scope: 'local',
  });
  expect(store.tsdocker('inspect', '--type', 'network', '-f', '{{.Id}}', 'backend').stdout).toBe(made.stdout);
  expect(store.tsdocker('inspect', '-f', '{{.Id}}', 'backend').stdout).toBe(made.stdout);
  expect(network('rm', id.slice(0, 9))).toEqual({ status: 0, stdout: `${id.slice(0, 9)}\n`, stderr: '' });
  expect(names()).toEqual(['bridge', 'host', 'none']);
});

test('what is not said of a network is chosen: subnets that nobody has', () => {
  network('create', 'one');
  network('create', '--ipv6', 'two');
  network('create', '--ipv6', '--ipv4=false', 'six');
  const subnets = ['one', 'two', 'six'].map((name) =>
    inspected(name).IPAM.Config.map(({ Subnet }: { Subnet: string }) => Subnet),
  );
  expect(subnets).toEqual([
    ['172.17.0.0/16'],
    ['172.18.0.0/16', expect.stringMatching(/^fd[0-9a-f:]+::\/64$/)],
    [expect.stringMatching(/^fd[0-9a-f:]+::\/64$/)],
  ]);
  expect(subnets[1]![1]).not.toBe(subnets[2]![0]);
  expect(inspected('bridge').IPAM.Config).toEqual([]);
});

const senseless: readonly (readonly [readonly string[], string])[] = [
  [['backend'], 'network with name backend already exists'],
  [['--subnet', '10.91.0.0/24', 'new'], 'the subnet 10.91.0.0/24 overlaps with 10.91.0.0/16 of the network backend'],
  [['--subnet', '10.92.0.0/24', '--gateway', '10.93.0.1', 'new'], 'no matching subnet for gateway 10.93.0.1'],
  [['--subnet', '10.92.0.0/24', '--ip-range', '10.93.0.0/25', 'new'], 'no matching subnet for ip-range 10.93.0.0/25'],
  [['--subnet', '10.92.0.0/24', '--subnet', '10.93.0.0/24', 'new'], 'one subnet of IPv4'],
  [['--subnet', 'nonsense', 'new'], '"nonsense" is not a subnet'],
  [['--subnet', '127.0.0.0/8', 'new'], 'no network can have the subnet 127.0.0.0/8'],
  [['--ipv4=false', '--subnet', '10.92.0.0/24', 'new'], 'IPv4'],
  [['--ipv4=false', 'new'], 'a network has IPv4 or IPv6'],
  [['-d', 'host', 'new'], 'only one instance of "host" network is allowed'],
  [['-d', 'none', 'new'], 'only one instance of "none" network is allowed'],
  [['-d', 'overlay', 'new'], 'there is no network driver "overlay"'],
  [['-o', 'mtu=none', 'new'], 'the MTU "none"'],
  [['-o', 'parent=eth0', 'new'], 'the option "parent" of a bridge network is not known'],
  [['-o', 'com.docker.network.bridge.name=lo', 'new'], 'no bridge can have the name "lo"'],
  [['-o', 'com.docker.network.bridge.name=mine', 'new'], 'the bridge name mine is taken by the network backend'],
  [['--config-only', 'new'], '--config-only is not supported'],
  [['--label', '=x', 'new'], '--label'],
  [['a b'], '"a b" is not a name for a network'],
  [['container:x'], '"container:x" is not a name for a network'],
  [[`n${'x'.repeat(200)}`], 'is not a name for a network'],
  [[''], '"" is not a name for a network'],
];

test('what makes no sense is refused in a line, and nothing is left', () => {
  network('create', '--subnet', '10.91.0.0/16', '-o', 'com.docker.network.bridge.name=mine', 'backend');
  for (const [words, message] of senseless) expectRefused(network('create', ...words), message);
  expect(names()).toEqual(['backend', 'bridge', 'host', 'none']);
});

test('a subnet that a route of the host leads to is refused, and one that is there is not chosen', () => {
  const ip = (words: string) => spawnSync('ip', words.split(' '), { encoding: 'utf8' });
  expect(ip('link add routed type bridge').stderr).toBe('');
  try {
    ip('link set routed up');
    ip('address add 10.94.1.1/24 dev routed');
    ip('route add 172.16.0.0/15 dev routed');
    expectRefused(
      network('create', '--subnet', '10.94.0.0/16', 'new'),
      'overlaps with 10.94.1.0/24, to which this host has',
    );
    expectRefused(
      network('create', '-o', 'com.docker.network.bridge.name=routed', 'new'),
      'this host has an interface routed already',
    );
    network('create', 'chosen');
    expect(inspected('chosen').IPAM.Config[0].Subnet).toBe('172.18.0.0/16');
  } finally {
    ip('link delete routed');
  }
});

test('a bridge that somebody else made is not removed with a network that was to have its name', () => {
  const ip = (...words: readonly string[]) => spawnSync('ip', words, { encoding: 'utf8' });
  network('create', '-o', 'com.docker.network.bridge.name=theirs', 'ours');
  ip('link', 'add', 'theirs', 'type', 'bridge');
  try {
    expect(network('rm', 'ours')).toEqual({ status: 0, stdout: 'ours\n', stderr: '' });
    expect(ip('link', 'show', 'theirs').status).toBe(0);
  } finally {
    ip('link', 'delete', 'theirs');
  }
});

test('lists are of what the filters mean, with numbers in names in order', () => {
  for (const name of ['web10', 'web9', 'db']) network('create', '--label', `tier=${name[0]}`, '--label', 'made', name);
  expect(names()).toEqual(['bridge', 'db', 'host', 'none', 'web9', 'web10']);
  const id = network('ls', '-q', '--no-trunc', '-f', 'name=db').stdout.trim();
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(network('ls', '-q', '-f', `id=${id.slice(3, 30)}`).stdout).toBe(`${id.slice(0, 12)}\n`);
  expect(names('type=custom')).toEqual(['db', 'web9', 'web10']);
  expect(names('type=builtin')).toEqual(['bridge', 'host', 'none']);
  expect(names('driver=host', 'driver=null')).toEqual(['host', 'none']);
  expect(names('label=tier=w', 'label=made', 'name=10')).toEqual(['web10']);
  expect(names('label=tier=w', 'label=tier=d')).toEqual([]);
  expect(names('dangling=true')).toEqual(['db', 'web9', 'web10']);
  expect(names('dangling=false')).toEqual(['bridge', 'host', 'none']);
  expect(names('scope=local')).toHaveLength(6);
  expect(names('scope=swarm')).toEqual([]);
  expect(network('ls', '-f', 'name=db', '--format', 'table {{.Name}}\\t{{.Internal}}').stdout).toBe(
    'NAME      INTERNAL\ndb        false\n',
  );
  expect(network('ls', '-f', 'name=db', '--format', '{{.Label "tier"}}').stdout).toBe('d\n');
});

const strange = [
  ['foo=1', 'the filter "foo=1" is not known'],
  ['name', 'the filter "name" has no value'],
  ['type=x', 'the filter type does not take "x"'],
  ['dangling=maybe', 'the filter dangling does not take "maybe"'],
  ['scope=world', 'the filter scope does not take "world"'],
] as const;

test('filters that are none are refused', () => {
  for (const [filter, message] of strange) expectRefused(network('ls', '-f', filter), message);
});

test('rm goes on after one that it cannot remove, and says what it removed', () => {
  for (const name of ['one', 'two']) network('create', name);
  const { status, stdout, stderr } = network('rm', 'one', 'nothing', 'bridge', 'two');
  expect([status, stdout]).toEqual([1, 'one\ntwo\n']);
  expect(stderr).toMatch(/^tsdocker: network nothing not found\n.*\ntsdocker: bridge is a pre-defined network/);
  expect(network('rm', '-f', 'nothing')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('inspect shows those that are there, and says which are not', () => {
  const { status, stdout, stderr } = network('inspect', '-f', '{{.Name}}', 'nothing', 'host');
  expect([status, stdout]).toEqual([1, 'host\n']);
  expect(stderr).toMatch(/^tsdocker: network nothing not found\n/);
  expect(network('inspect', 'nothing').stdout).toBe('[]\n');
});

test('an id that begins as several do means none', () => {
  const ids = Array.from({ length: 17 }, (_, index) => network('create', `n${index}`).stdout.trim());
  const first = ids.map((id) => id[0]!);
  const double = first.find((digit, index) => first.indexOf(digit) !== index)!;
  expect(network('inspect', double).stderr).toMatch(/^tsdocker: \d+ networks have ids that begin with/);
}, 120_000);

test('events tell of networks, and filters find them', async () => {
  const id = network('create', 'told').stdout.trim();
  const containerId = await container('web');
  network('connect', 'told', 'web');
  network('disconnect', 'told', 'web');
  network('rm', 'told');
  const events = (...filters: readonly string[]) =>
    store
      .tsdocker(
        'events',
        '--since',
        '10m',
        '--until',
        '0s',
        '--format',
        'json',
        ...filters.flatMap((each) => ['-f', each]),
      )
      .stdout.split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const told = events('type=network');
  expect(told.map(({ Action }) => Action)).toEqual(['create', 'connect', 'disconnect', 'destroy']);
  expect(told[0].Actor).toEqual({ ID: id, Attributes: { name: 'told', type: 'bridge' } });
  expect(told[1].Actor).toEqual({ ID: id, Attributes: { container: containerId, name: 'told', type: 'bridge' } });
  expect(events('network=told')).toHaveLength(4);
  expect(events(`network=${id.slice(0, 12)}`, 'event=destroy')).toHaveLength(1);
  expect(events('network=other')).toEqual([]);
});

test('prune asks, and removes networks that no container is in', async () => {
  for (const name of ['used', 'unused', 'kept', 'spare']) network('create', '--label', `name=${name}`, name);
  await container('web', '--network', 'used');
  const asked = store.tsdockerWith({ input: 'n\n' }, 'network', 'prune');
  expect(asked).toEqual({
    status: 0,
    stderr: '',
    stdout:
      'WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ',
  });
  expect(network('prune', '-f', '--filter', 'until=1h')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(network('prune', '-f', '--filter', 'label=name=unused').stdout).toBe('Deleted Networks:\nunused\n\n');
  expect(network('prune', '-f', '--filter', 'label!=name=kept').stdout).toBe('Deleted Networks:\nspare\n\n');
  expectRefused(network('prune', '-f', '--filter', 'name=x'), 'the filter "name=x" is not known');
  expect(store.tsdocker('system', 'prune', '-f').stdout).toMatch(
    /^Deleted Containers:\n.*\n\nDeleted Networks:\nkept\nused\n/,
  );
  expect(names('type=custom')).toEqual([]);
});

test('a container that does not run is connected and disconnected, and keeps nobody from removing a network', async () => {
  for (const name of ['front', 'back']) network('create', name);
  await container('web');
  expect(network('connect', '--alias', 'www,site', '--alias', 'w3', 'front', 'web')).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
  expect(network('connect', 'back', 'web').status).toBe(0);
  expect(Object.keys(networksOf('web')).sort()).toEqual(['back', 'bridge', 'front']);
  expect(networksOf('web')).toMatchObject({ front: { Aliases: expect.arrayContaining(['www', 'site', 'w3']) } });
  expectRefused(network('connect', 'front', 'web'), 'endpoint with name web already exists in network front');
  expect(network('disconnect', 'front', 'web')).toEqual({ status: 0, stdout: '', stderr: '' });
  expectRefused(network('disconnect', 'front', 'web'), 'container web is not connected to network front');
  expect(names('dangling=true')).toEqual(['front']);
  expect(network('rm', 'back')).toEqual({ status: 0, stdout: 'back\n', stderr: '' });
  expect(network('disconnect', 'back', 'web')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(Object.keys(networksOf('web'))).toEqual(['bridge']);
});

test('what cannot be joined is refused in a line, and the container is as it was', async () => {
  network('create', '--subnet', '10.95.0.0/24', 'backend');
  await container('web');
  await container('alone', '--network', 'none');
  await container('hosted', '--network', 'host');
  const before = ['web', 'alone', 'hosted'].map(networksOf);
  for (const [words, message] of [
    [['nothing', 'web'], 'network nothing not found'],
    [['backend', 'nothing'], 'there is no container nothing'],
    [['--ip', '10.96.0.1', 'backend', 'web'], '10.96.0.1'],
    [['--ip', '10.95.0.1', 'backend', 'web'], 'the address 10.95.0.1 is reserved in the subnet 10.95.0.0/24'],
    [['--ip', '10.95.0.255', 'backend', 'web'], 'the address 10.95.0.255 is not a host’s in the subnet'],
    [['--ip6', 'fd00::1', 'backend', 'web'], 'fd00::1'],
    [['--ip', 'fd00::1', 'backend', 'web'], 'fd00::1'],
    [['--alias', 'a b', 'backend', 'web'], 'the value "a b" of --alias is not a name'],
    [
      ['--alias', 'x', 'bridge', 'web'],
      'network-scoped alias is supported only for containers in user defined networks',
    ],
    [['--ip', '172.17.0.9', 'bridge', 'web'], 'user specified IP address is supported on user defined networks only'],
    [['--link', 'db', 'backend', 'web'], '--link is not supported'],
    [['host', 'web'], 'a container cannot be connected to the network host'],
    [['none', 'web'], 'a container cannot be connected to the network none'],
    [['backend', 'alone'], 'alone was made without a network'],
    [['backend', 'hosted'], 'hosted uses the network of the host'],
  ] as const) {
    expectRefused(network('connect', ...words), message);
  }
  expectRefused(network('disconnect', 'host', 'hosted'), 'a container cannot be disconnected from the network host');
  expectRefused(network('disconnect', 'backend', 'web'), 'container web is not connected to network backend');
  expect(['web', 'alone', 'hosted'].map(networksOf)).toEqual(before);
});
