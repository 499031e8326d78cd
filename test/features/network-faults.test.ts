// What was killed at the wrong moment leaves no address, port, name, rule or interface behind; and what happens after a reboot.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, type NetworkHost, networkHost } from '../support/network-host.ts';
import { soon } from '../support/network-station.ts';
import { program } from '../support/tsdocker.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/29', '--subnet', 'fd00:1::/64', 'red');
  await world.idle('--name', 'peer', '--network', 'red');
});
afterAll(() => world[Symbol.asyncDispose]());

/** Runs a command and kills it so many milliseconds later; whether it was still there. */
async function killedAfter(milliseconds: number, ...words: string[]): Promise<boolean> {
  const [first, ...rest] = world.host.command(program, '--root', world.root, ...words);
  const child = spawn(first!, rest, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await Promise.race([setTimeout(milliseconds), ended]);
  child.kill('SIGKILL');
  const [, signal] = (await ended) as [number | null, string | null];
  return signal === 'SIGKILL';
}

const namesFiles = (): string[] => {
  const networks = join(world.root, 'network');
  return readdirSync(networks).flatMap((id) => readdirSync(join(networks, id, 'names')));
};

test('a run that is killed at any moment leaves nothing of its network', { timeout: 300_000 }, async () => {
  const before = await world.settled(await world.state());
  const names = namesFiles();
  let killed = 0;
  for (let milliseconds = 40; milliseconds < 400; milliseconds += 12) {
    const words = ['run', '-d', '--name', 'victim', '--network', 'red', '-p', '8080-8089:80-89', '-p', '8080:80/udp'];
    if (await killedAfter(milliseconds, ...words, 'localhost/busybox', 'sleep', '100000')) killed++;
    // Whether it is there or not is a matter of the moment. With five addresses in all, one that leaked would be missed.
    await world.tsdocker('rm', '-f', 'victim');
    expect([milliseconds, await world.settled(before)]).toEqual([milliseconds, before]);
    expect([milliseconds, namesFiles()]).toEqual([milliseconds, names]);
  }
  expect(killed).toBeGreaterThan(3);
  await world.ok('run', '--rm', '--network', 'red', '-p', '8080-8089:80-89', 'localhost/busybox', 'true');
});

test('connect, disconnect and rm that are killed at any moment can be done again', { timeout: 300_000 }, async () => {
  await world.ok('network', 'create', '--subnet', '10.2.0.0/29', 'blue');
  await world.ok('run', '--rm', '--network', 'blue', 'localhost/busybox', 'true');
  const before = await world.settled(await world.state());
  for (let milliseconds = 40; milliseconds < 200; milliseconds += 20) {
    await world.idle('--name', 'victim', '--network', 'red', '-p', '8090:80');
    await killedAfter(milliseconds, 'network', 'connect', 'blue', 'victim');
    await world.tsdocker('network', 'connect', 'blue', 'victim');
    const links = await (await world.inside('victim')).must('ip', '-o', 'link');
    expect([milliseconds, links.match(/ eth\d/g)]).toEqual([milliseconds, [' eth0', ' eth1']]);
    await killedAfter(milliseconds, 'network', 'disconnect', 'blue', 'victim');
    await world.tsdocker('network', 'disconnect', 'blue', 'victim');
    const left = await (await world.inside('victim')).must('ip', '-o', 'link');
    expect([milliseconds, left.match(/ eth\d/g)]).toEqual([milliseconds, [' eth0']]);
    await using _server = await (await world.inside('victim')).serve('serve', 'tcp', '::', '80', 'here');
    expect((await world.client.ask('ask', 'tcp', hostAddress, 8090)).answer).toMatch(/^here/);
    await _server[Symbol.asyncDispose]();
    await killedAfter(milliseconds, 'rm', '-f', 'victim');
    await world.tsdocker('rm', '-f', 'victim');
    expect([milliseconds, await world.settled(before)]).toEqual([milliseconds, before]);
  }
  await world.ok('network', 'rm', 'blue');
});

test('after a reboot containers start with the addresses and ports they had', async () => {
  const page = 'mkdir -p /www; echo "a page" >/www/index.html; exec httpd -f -h /www';
  const run = ['run', '-d', '--name', 'server', '--network', 'red', '-p', '8070:80', '-p', '81'];
  await world.ok(...run, 'localhost/busybox', 'sh', '-c', page);
  const addresses = [await world.addressOf('server', 'red'), await world.address6Of('server', 'red')];
  // What a reboot does: no process, no interface, no rule, no setting is left. The store is.
  for (const name of ['server', 'peer']) {
    const pid = await world.ok('inspect', '-f', '{{.State.Pid}}', name);
    process.kill(Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]), 'SIGKILL');
  }
  await soon('both are gone', async () => (await world.ok('ps', '-q')) === '');
  await world.host.sh(`
    nft flush ruleset; echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
    for link in /sys/class/net/tsd*; do ip link del "\${link##*/}"; done`);
  await world.ok('start', 'server', 'peer');
  expect([await world.addressOf('server', 'red'), await world.address6Of('server', 'red')]).toEqual(addresses);
  await soon('it answers', async () => (await world.client.ask('get', hostAddress, 8070)).answer === 'a page');
  expect(await (await world.inside('peer')).ask('resolve', '127.0.0.11', 'A', 'server')).toEqual({
    server: [addresses[0]],
  });
  await world.ok('rm', '-f', 'server');
});

test('ten first containers of ten new networks at once all get what they need', { timeout: 120_000 }, async () => {
  await using fresh = await networkHost();
  await fresh.ok('run', '--rm', '--network', 'none', 'localhost/busybox', 'true');
  const created = await Promise.all(Array.from({ length: 10 }, (_, n) => fresh.tsdocker('network', 'create', `n${n}`)));
  expect(created.filter(({ status }) => status !== 0)).toEqual([]);
  const same = await Promise.all(Array.from({ length: 5 }, () => fresh.tsdocker('network', 'create', 'wanted')));
  expect(same.filter(({ status }) => status === 0)).toHaveLength(1);
  const started = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      fresh.tsdocker(
        ...['run', '-d', '--name', `c${n}`, '--network', n < 5 ? `n${n}` : 'bridge', '-p', `${8000 + n}:80`],
        ...['localhost/busybox', 'httpd', '-f', '-h', '/etc'],
      ),
    ),
  );
  expect(started.filter(({ status, stderr }) => status !== 0 || stderr !== '')).toEqual([]);
  const subnets = await fresh.ok(
    ...['network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}'],
    ...Array.from({ length: 10 }, (_, n) => `n${n}`),
  );
  expect(new Set(subnets.split('\n')).size).toBe(10);
  for (let n = 0; n < 10; n++)
    expect([n, await fresh.client.ask('ask', 'tcp', hostAddress, 8000 + n, 'GET /hostname HTTP/1.0\r\n\r\n')]).toEqual([
      n,
      { answer: expect.stringContaining('200 OK') },
    ]);
});
