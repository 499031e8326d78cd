// A published port belongs to one: containers and servers of the host that want the same, and when it is free again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, type NetworkHost, networkHost } from '../support/network-host.ts';
import { soon } from '../support/network-station.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
  // So that the bridge is there, and what is left can be told from what was.
  await world.ok('run', '--rm', '-p', '80:80', 'localhost/busybox', 'true');
});
afterAll(() => world[Symbol.asyncDispose]());

const publish = (port: number | string, name: string): string[] => [
  ...['run', '-d', '--name', name, '-p', `${port}:80`],
  ...['localhost/busybox', 'sleep', '100000'],
];

test('of ten commands that publish the same port at once one wins, and the others leave nothing', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) => world.tsdocker(...publish(8080, `wants-${index}`))),
  );
  const won = outcomes.filter(({ status }) => status === 0);
  expect(won).toHaveLength(1);
  for (const { status, stderr } of outcomes.filter((each) => each.status !== 0)) {
    expect(status).toBe(125);
    expect(stderr).toMatch(/8080.*already allocated/);
  }
  // As with docker the container is there, made and not started; nothing of its network is.
  expect(await world.ok('ps', '-q')).toHaveLength(12);
  const ruleset = await world.ruleset();
  expect(ruleset.match(/tcp \. 8080 :/g)).toHaveLength(1);
  expect((await world.host.must('ip', '-o', 'link')).match(/ tsv/g)).toHaveLength(1);
  await world.ok('rm', '-f', ...(await world.ok('ps', '-aq')).split('\n'));
});

test('one port of many that is taken lets none of them be published', async () => {
  await world.ok(...publish(8105, 'has-it'));
  const before = await world.ruleset();
  const { status, stderr } = await world.tsdocker(
    ...['run', '-d', '--rm', '-p', '8100-8110:80-90', 'localhost/busybox', 'sleep', '100000'],
  );
  expect(status).toBe(125);
  expect(stderr).toMatch(/8105/);
  expect(await world.ruleset()).toBe(before);
  expect(await world.client.ask('ask', 'tcp', hostAddress, 8101)).toEqual({ error: 'ECONNREFUSED' });
  await world.ok('rm', '-f', 'has-it');
});

test.each([
  ['tcp', '0.0.0.0'],
  ['tcp', hostAddress],
  ['tcp', '::'],
  ['udp', '0.0.0.0'],
])('a %s port of %s that a server of the host has is not taken from it', async (protocol, address) => {
  await using _server = await world.host.serve('serve', protocol, address, '8200', 'the host');
  const before = await world.state();
  const run = ['run', '-d', '--rm', '-p', `8200:80/${protocol}`, 'localhost/busybox', 'sleep', '100000'];
  const { status, stderr } = await world.tsdocker(...run);
  expect(status).toBe(125);
  expect(stderr).toMatch(/8200.*(in use|already allocated)/);
  expect(await world.settled(before)).toEqual(before);
  const asked = address === '::' ? '::1' : address === '0.0.0.0' ? '127.0.0.1' : address;
  expect((await world.host.ask('ask', protocol, asked, 8200)).answer).toMatch(/^the host/);
});

test('a server of the host cannot take a port that is published', async () => {
  const id = await world.ok(...publish(8300, 'first-here'));
  for (const address of ['0.0.0.0', '127.0.0.1', hostAddress, '::'])
    await expect(world.host.serve('serve', 'tcp', address, '8300', 'late')).rejects.toThrow(/EADDRINUSE/);
  await world.ok('rm', '-f', id);
  await using _server = await world.host.serve('serve', 'tcp', '0.0.0.0', '8300', 'in time');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 8300)).answer).toMatch(/^in time/);
});

test.each([
  ['is stopped', (name: string) => world.ok('stop', '-t', '0', name)],
  ['is killed', (name: string) => world.ok('kill', name)],
  [
    'has its process killed from outside',
    async (name: string) => {
      process.kill(Number(await world.ok('inspect', '-f', '{{.State.Pid}}', name)), 'SIGKILL');
      return world.ok('wait', name);
    },
  ],
  ['is removed', (name: string) => world.ok('rm', '-f', name)],
])('when a container %s its port is refused and free again', async (_, end) => {
  const before = await world.ruleset();
  await world.ok(...publish(8400, 'ends'));
  await using _server = await (await world.inside('ends')).serve('serve', 'tcp', '::', '80', 'here');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 8400)).answer).toMatch(/^here/);
  await end('ends');
  // `kill` does not wait for the end.
  await soon('the port is refused', async () => {
    const { error } = await world.client.ask('ask', 'tcp', hostAddress, 8400);
    return error === 'ECONNREFUSED';
  });
  expect(await world.ruleset()).toBe(before);
  await world.ok(...publish(8400, 'next'));
  await world.ok(
    'rm',
    '-f',
    'next',
    ...((await world.ok('ps', '-aq', '--filter', 'name=ends')) === '' ? [] : ['ends']),
  );
});

test('when the shim is killed the next command frees the port', async () => {
  const before = await world.ruleset();
  await world.ok(...publish(8500, 'orphan'));
  const pid = Number(await world.ok('inspect', '-f', '{{.State.Pid}}', 'orphan'));
  const [, shim] = /^PPid:\s+(\d+)/m.exec(await world.host.must('cat', `/proc/${pid}/status`))!;
  process.kill(Number(shim), 'SIGKILL');
  await soon('it is over', async () => (await world.ok('inspect', '-f', '{{.State.Status}}', 'orphan')) === 'exited');
  await world.ok(...publish(8500, 'heir'));
  await using _server = await (await world.inside('heir')).serve('serve', 'tcp', '::', '80', 'heir');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 8500)).answer).toMatch(/^heir/);
  await world.ok('rm', '-f', 'orphan', 'heir');
  expect(await world.ruleset()).toBe(before);
});
