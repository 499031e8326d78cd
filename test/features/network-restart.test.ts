// Restarts, crashes and reloads: the network of a container outlives its process, and comes back when it was taken away.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import { soon } from '../support/network-station.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
  await world.idle('--name', 'peer', '--network', 'red');
});
afterAll(() => world[Symbol.asyncDispose]());

const page = 'mkdir -p /www; cat /proc/sys/kernel/random/uuid >/www/index.html; exec httpd -f -h /www';
const web = (name: string, port: number, ...flags: string[]): Promise<string> =>
  world.ok('run', '-d', '--name', name, '-p', `${port}:80`, ...flags, 'localhost/busybox', 'sh', '-c', page);
const answers = (port: number, other?: string): Promise<string> =>
  soon(`port ${port} answers`, async () => {
    const { answer } = await world.client.ask('get', hostAddress, port);
    return answer !== other && answer;
  });
const pidOf = async (name: string): Promise<number> => Number(await world.ok('inspect', '-f', '{{.State.Pid}}', name));

test('a container that crashes is reachable again, by the same port, address and name', async () => {
  await web('crashes', 8080, '--restart', 'always', '--network', 'red');
  await answers(8080);
  const address = await world.addressOf('crashes', 'red');
  for (let times = 0; times < 3; times++) {
    const before = await answers(8080);
    process.kill(await pidOf('crashes'), 'SIGKILL');
    expect(await answers(8080, before)).not.toBe(before);
    expect(await world.addressOf('crashes', 'red')).toBe(address);
  }
  for (const [place, to] of [
    [world.host, '127.0.0.1'],
    [world.host, '::1'],
    [world.six, hostAddress6],
  ] as const)
    expect((await place.ask('get', to, 8080)).answer).toMatch(/^[-0-9a-f]{36}$/);
  expect(await (await world.inside('peer')).ask('resolve', '127.0.0.11', 'A', 'crashes')).toEqual({
    crashes: [address],
  });
});

test('a container that is stopped and started has the address it had, though others came meanwhile', async () => {
  await web('rests', 8081, '--network', 'red');
  const address = await world.addressOf('rests', 'red');
  await world.ok('stop', '-t', '0', 'rests');
  const others = await Promise.all(Array.from({ length: 3 }, () => world.idle('--network', 'red')));
  await world.ok('start', 'rests');
  expect(await world.addressOf('rests', 'red')).toBe(address);
  expect(await answers(8081)).toMatch(/^[-0-9a-f]{36}$/);
  await world.ok('rm', '-f', ...others);
});

test('a container is started again although somebody still looks around in its old network', async () => {
  await web('watched', 8082, '--network', 'red');
  await answers(8082);
  const old = await world.inside('watched');
  await using _watcher = await old.start('sh', '-c', 'echo ready; exec sleep 1000');
  for (let times = 0; times < 5; times++) {
    const before = await answers(8082);
    await world.ok('restart', '-t', '0', 'watched');
    expect(await answers(8082, before)).not.toBe(before);
  }
  await world.ok('rm', '-f', 'watched');
  const bridged = (await world.host.must('ip', '-o', 'link')).match(/ tsv/g)?.length;
  expect(bridged).toBe((await world.ok('ps', '-q')).split('\n').length);
});

describe('network reload', () => {
  test('puts back what a flushed ruleset took, for everything that runs', async () => {
    await web('flushed', 8090, '--network', 'red');
    const page = await answers(8090);
    const before = (await world.ruleset()).split('\n').sort();
    await world.host.must('nft', 'flush', 'ruleset');
    expect((await world.client.ask('get', hostAddress, 8090)).answer).not.toBe(page);
    await world.ok('network', 'reload');
    expect((await world.ruleset()).split('\n').sort()).toEqual(before);
    expect((await world.client.ask('get', hostAddress, 8090)).answer).toBe(page);
    expect((await world.six.ask('get', hostAddress6, 8090)).answer).toBe(page);
    await using _server = await world.client.serve('serve', 'tcp', '::', '5000', 'client');
    expect((await (await world.inside('flushed')).ask('ask', 'tcp', '192.0.2.10', 5000)).answer).toMatch(/^client/);
  });

  test('is done by the next command that starts a container, too', async () => {
    await web('stays', 8091);
    const page = await answers(8091);
    await world.host.must('nft', 'flush', 'ruleset');
    await world.ok('run', '--rm', 'localhost/busybox', 'true');
    expect((await world.client.ask('get', hostAddress, 8091)).answer).toBe(page);
  });

  test('puts back a bridge that was deleted, with the containers that were on it', async () => {
    await web('bridged', 8092, '--network', 'red');
    const page = await answers(8092);
    const bridge = /tsd-\w+/.exec(await world.host.must('ip', '-o', 'link'))![0];
    await world.host.must('ip', 'link', 'del', bridge);
    expect((await world.client.ask('get', hostAddress, 8092)).answer).toBeUndefined();
    await world.ok('network', 'reload');
    expect((await world.client.ask('get', hostAddress, 8092)).answer).toBe(page);
    const peer = await world.addressOf('peer', 'red');
    expect((await world.tsdocker('exec', 'bridged', 'ping', '-c', '1', '-W', '1', peer)).status).toBe(0);
  });

  test('changes nothing where nothing is missing', async () => {
    const before = await world.state();
    await world.ok('network', 'reload');
    expect(await world.settled(before)).toEqual(before);
  });
});

describe('the chain of the administrator', () => {
  const add = (rule: string): Promise<string> => world.host.must('nft', `add rule inet tsdocker administrator ${rule}`);

  test('is seen by published ports, and survives reload, flushes of ours and new containers', async () => {
    await web('guarded', 8095, '--network', 'red');
    await answers(8095);
    await add('ip saddr 192.0.2.10 meta l4proto tcp ct original proto-dst 8095 drop');
    expect(await world.client.ask('get', hostAddress, 8095)).not.toHaveProperty('answer');
    expect((await world.far.ask('get', hostAddress, 8095)).answer).toMatch(/^[-0-9a-f]{36}$/);
    await world.ok('network', 'reload');
    await world.idle('-p', '8096:80');
    await world.ok('restart', '-t', '0', 'guarded');
    expect(await world.client.ask('get', hostAddress, 8095)).not.toHaveProperty('answer');
    expect((await world.far.ask('get', hostAddress, 8095)).answer).toMatch(/^[-0-9a-f]{36}$/);
    await world.host.must('nft', 'flush', 'chain', 'inet', 'tsdocker', 'administrator');
    expect((await world.client.ask('get', hostAddress, 8095)).answer).toMatch(/^[-0-9a-f]{36}$/);
  });

  test('is seen by what the relay serves to clients of IPv6', async () => {
    await web('relayed', 8097);
    await answers(8097);
    expect((await world.six.ask('get', hostAddress6, 8097)).answer).toMatch(/^[-0-9a-f]{36}$/);
    await add('ip6 saddr 2001:db8:1::66 drop');
    expect(await world.six.ask('get', hostAddress6, 8097)).not.toHaveProperty('answer');
    expect((await world.client.ask('get', hostAddress6, 8097)).answer).toMatch(/^[-0-9a-f]{36}$/);
    await world.host.must('nft', 'flush', 'chain', 'inet', 'tsdocker', 'administrator');
  });
});

test('the sysctls are what docs/network.md says, and no more', async () => {
  const inHost = async (path: string): Promise<string> =>
    (await world.host.must('cat', `/proc/sys/net/${path}`)).trim();
  expect(await inHost('ipv4/ip_forward')).toBe('1');
  expect(await inHost('ipv6/conf/all/forwarding')).toBe('1');
  // Forwarding would have the host stop listening to its routers.
  expect(await inHost('ipv6/conf/eth0/accept_ra')).toBe('2');
  expect(await inHost('ipv4/conf/all/route_localnet')).toBe('0');
  expect(await inHost('ipv4/conf/default/route_localnet')).toBe('0');
});
