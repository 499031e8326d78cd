// Networks that cannot be had: one clear line, the right exit status, and neither bridge nor rule nor lease nor record left.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
  await world.ok('network', 'create', 'free');
  await world.idle('--name', 'taken', '--network', 'red', '--ip', '10.1.0.9', '--ip6', 'fd00:1::9', '-p', '8080:80');
  await world.idle('--name', 'awake', '--network', 'free');
});
afterAll(() => world[Symbol.asyncDispose]());

const create = (...words: string[]): string[] => ['network', 'create', ...words, 'new'];
const run = (...words: string[]): string[] => ['run', '--rm', ...words, 'localhost/busybox', 'true'];

const cases: readonly (readonly [words: string[], status: number, line: RegExp])[] = [
  [create('--subnet', '10.1.2.0/24'), 1, /overlap/],
  [create('--subnet', '10.0.0.0/8'), 1, /overlap/],
  [create('--subnet', '192.0.2.0/24'), 1, /overlap|192\.0\.2/],
  [create('--ipv6', '--subnet', 'fd00:1:0:0:8000::/65'), 1, /overlap/],
  [create('--subnet', '10.3.0.0/16', '--gateway', '10.4.0.1'), 1, /gateway.*10\.4\.0\.1|10\.4\.0\.1.*gateway/],
  [create('--subnet', '10.3.0.0/16', '--ip-range', '10.4.0.0/24'), 1, /range/],
  [create('--gateway', '10.3.0.1'), 1, /subnet/],
  [create('--subnet', '10.3.0.1'), 1, /10\.3\.0\.1/],
  [create('--subnet', '10.3.0.0/33'), 1, /10\.3\.0\.0\/33/],
  [create('--subnet', '300.3.0.0/16'), 1, /300\.3\.0\.0/],
  [create('--driver', 'overlay'), 1, /overlay/],
  [create('--driver', 'nonsense'), 1, /nonsense/],
  [create('-o', 'mtu=12'), 1, /12/],
  [create('-o', 'mtu=lots'), 1, /lots/],
  [['network', 'create', 'red'], 1, /red.*(exists|taken)|name red is taken/],
  [['network', 'create', 'bridge'], 1, /bridge/],
  [['network', 'create', '-bad'], 125, /./],
  [['network', 'create', 'a b'], 1, /"?a b"?/],
  [['network', 'rm', 'red'], 1, /red.*(in use|active endpoints|taken)/],
  [['network', 'rm', 'bridge'], 1, /bridge/],
  [['network', 'rm', 'host'], 1, /host/],
  [['network', 'rm', 'nobody'], 1, /nobody/],
  [['network', 'inspect', 'nobody'], 1, /nobody/],
  [['network', 'connect', 'nobody', 'taken'], 1, /nobody/],
  [['network', 'connect', 'free', 'nobody'], 1, /nobody/],
  [['network', 'connect', 'red', 'taken'], 1, /taken.*red|red.*taken/],
  [['network', 'connect', 'host', 'taken'], 1, /host/],
  [['network', 'connect', '--ip', '10.1.0.9', 'red', 'awake'], 1, /10\.1\.0\.9/],
  [['network', 'connect', '--ip', '10.2.0.9', 'red', 'awake'], 1, /10\.2\.0\.9/],
  [['network', 'connect', '--alias', 'a_b c', 'free', 'taken'], 1, /a_b c/],
  [['network', 'disconnect', 'free', 'taken'], 1, /free/],
  [run('--network', 'nobody'), 125, /nobody/],
  [run('--network', 'red', '--ip', '10.1.0.9'), 125, /10\.1\.0\.9/],
  [run('--network', 'red', '--ip', '10.1.0.1'), 125, /10\.1\.0\.1/],
  [run('--network', 'red', '--ip', '10.1.255.255'), 125, /10\.1\.255\.255/],
  [run('--network', 'red', '--ip', '10.2.0.9'), 125, /10\.2\.0\.9/],
  [run('--network', 'red', '--ip', '10.1.0.x'), 125, /10\.1\.0\.x/],
  [run('--network', 'red', '--ip6', 'fd00:1::9'), 125, /fd00:1::9/],
  [run('--network', 'red', '--ip6', 'fd00:2::9'), 125, /fd00:2::9/],
  [run('--network', 'free', '--ip6', 'fd00:2::9'), 125, /fd00:2::9|IPv6/],
  [run('--ip', '172.17.0.99'), 125, /./],
  [run('--network-alias', 'x'), 125, /alias/],
  [run('--network', 'red', '--network-alias', 'a b'), 125, /a b/],
  [run('--network', 'red', '--network-alias', 'x'.repeat(300)), 125, /x{20}/],
  [run('--network', 'red', '--mac-address', '02:42'), 125, /02:42/],
  [run('--network', 'red', '--mac-address', '01:00:5e:00:00:01'), 125, /01:00:5e/],
  [run('--network', 'red', '--network', 'red'), 125, /red/],
  [run('--network', 'red', '--network', 'host'), 125, /conflicting/],
  [run('-p', '8080:80'), 125, /8080.*already allocated/],
  [run('-p', '70000:80'), 125, /70000/],
  [run('-p', '80:0'), 125, /0/],
  [run('-p', '80-90:80-85'), 125, /80-90|range/],
  [run('-p', '90-80:90-80'), 125, /90-80/],
  [run('-p', '80:80/sctp'), 125, /sctp/],
  [run('-p', '80:80/icmp'), 125, /icmp/],
  [run('-p', '203.0.113.9:80:80'), 125, /203\.0\.113\.9/],
  [run('-p', 'x:80'), 125, /x/],
  [run('-p', ''), 125, /./],
  [run('--expose', '70000'), 125, /70000/],
  [run('--dns', 'nonsense'), 125, /nonsense/],
  [run('--add-host', 'nonsense'), 125, /nonsense/],
  [run('--add-host', 'name:nonsense'), 125, /nonsense/],
];

test.each(cases)('%j ends with %i, says why in one line and leaves nothing', async (words, status, line) => {
  const before = await world.state();
  const ended = await world.tsdocker(...words);
  expect(ended.stderr).toMatch(/^tsdocker: [^\n]+\n( {2}hint: [^\n]+\n)?$/);
  expect(ended.stderr).toMatch(line);
  // `inspect` prints what it found, as docker does.
  expect([ended.status, ended.stdout]).toEqual([status, words[1] === 'inspect' ? '[]\n' : '']);
  expect(await world.settled(before)).toEqual(before);
});

test('after all of that the one that has the port still answers', async () => {
  await using _server = await (await world.inside('taken')).serve('serve', 'tcp', '::', '80', 'here');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 8080)).answer).toMatch(/^here/);
});
