// --publish, --publish-all, --expose in all their spellings, and what `port`, `ps` and `inspect` say of them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';

let world: NetworkHost;
beforeAll(async () => {
  world = await networkHost();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Which host addresses answer on a port, of those that a client or the host itself could ask. */
async function answering(port: number): Promise<string[]> {
  const asked = [
    [world.client, hostAddress],
    [world.client, hostAddress6],
    [world.host, '127.0.0.1'],
    [world.host, '127.0.0.2'],
    [world.host, '::1'],
  ] as const;
  const answers = await Promise.all(asked.map(([place, address]) => place.ask('ask', 'tcp', address, port)));
  return asked.flatMap(([, address], index) => (answers[index]!.answer?.startsWith('here') ? [address] : []));
}

test.each([
  ['8080:80', 8080, [hostAddress, hostAddress6, '127.0.0.1', '127.0.0.2', '::1']],
  ['0.0.0.0:8081:80', 8081, [hostAddress, '127.0.0.1', '127.0.0.2']],
  ['[::]:8082:80', 8082, [hostAddress6, '::1']],
  ['127.0.0.1:8083:80', 8083, ['127.0.0.1']],
  ['[::1]:8084:80', 8084, ['::1']],
  [`${hostAddress}:8085:80`, 8085, [hostAddress]],
  [`[${hostAddress6}]:8086:80`, 8086, [hostAddress6]],
])('-p %s is reached by the addresses it names and no others', async (publish, port, expected) => {
  const id = await world.idle('-p', publish);
  const inside = await world.inside(id);
  await using _server = await inside.serve('serve', 'tcp', '::', '80', 'here');
  expect(await answering(port)).toEqual(expected);
  await world.ok('rm', '-f', id);
  expect(await answering(port)).toEqual([]);
});

test('the same port of two host addresses goes to two containers', async () => {
  await world.host.must('ip', 'addr', 'add', '192.0.2.3/24', 'dev', 'eth0');
  await world.idle('--name', 'first', '-p', `${hostAddress}:8088:80`);
  await world.idle('--name', 'second', '-p', '192.0.2.3:8088:80');
  await using _first = await (await world.inside('first')).serve('serve', 'tcp', '::', '80', 'first');
  await using _second = await (await world.inside('second')).serve('serve', 'tcp', '::', '80', 'second');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 8088)).answer).toMatch(/^first/);
  expect((await world.client.ask('ask', 'tcp', '192.0.2.3', 8088)).answer).toMatch(/^second/);
});

test('a range goes port by port to the range beside it, and tcp and udp are two', async () => {
  await world.idle('--name', 'range', '-p', '7000-7003:80-83', '-p', '7000:90/udp');
  const inside = await world.inside('range');
  await using _first = await inside.serve('serve', 'tcp', '::', '80', 'eighty');
  await using _last = await inside.serve('serve', 'tcp', '::', '83', 'eighty-three');
  await using _udp = await inside.serve('serve', 'udp', '::', '90', 'ninety');
  expect((await world.client.ask('ask', 'tcp', hostAddress, 7000)).answer).toMatch(/^eighty /);
  expect((await world.client.ask('ask', 'tcp', hostAddress, 7003)).answer).toMatch(/^eighty-three /);
  expect((await world.client.ask('ask', 'udp', hostAddress, 7000)).answer).toMatch(/^ninety /);
  expect((await world.ok('port', 'range')).split('\n').sort()).toEqual(
    [
      ...[0, 1, 2, 3].flatMap((n) => [`8${n}/tcp -> 0.0.0.0:700${n}`, `8${n}/tcp -> :::700${n}`]),
      '90/udp -> 0.0.0.0:7000',
      '90/udp -> :::7000',
    ].sort(),
  );
});

test('port, ps and inspect tell of a published, an exposed and a free port, and what they tell is true', async () => {
  await world.idle('--name', 'told', '-p', '8100:80', '-p', '81', '--expose', '82', '--expose', '83/udp');
  const free = /:(\d+)$/.exec((await world.ok('port', 'told', '81')).split('\n')[0]!)![1]!;
  expect(Number(free)).toBeGreaterThan(1023);
  expect(await world.ok('port', 'told', '80/tcp')).toBe('0.0.0.0:8100\n:::8100');
  const ps = await world.ok('ps', '--filter', 'name=told', '--format', '{{.Ports}}');
  expect(ps.split(', ').sort()).toEqual(
    ['0.0.0.0:8100->80/tcp', `0.0.0.0:${free}->81/tcp`, '82/tcp', '83/udp', '[::]:8100->80/tcp', `[::]:${free}->81/tcp`]
      .map((text) => (ps.includes('[::]') ? text : text.replace('[::]', '::')))
      .sort(),
  );
  const ports = JSON.parse(await world.ok('inspect', '-f', '{{json .NetworkSettings.Ports}}', 'told'));
  expect(ports).toEqual({
    '80/tcp': [
      { HostIp: '0.0.0.0', HostPort: '8100' },
      { HostIp: '::', HostPort: '8100' },
    ],
    '81/tcp': [
      { HostIp: '0.0.0.0', HostPort: free },
      { HostIp: '::', HostPort: free },
    ],
    '82/tcp': null,
    '83/udp': null,
  });
  await using _server = await (await world.inside('told')).serve('serve', 'tcp', '::', '81', 'here');
  expect(await answering(Number(free))).toEqual([hostAddress, hostAddress6, '127.0.0.1', '127.0.0.2', '::1']);
});

test('--publish-all gives every exposed port a free one of the host', async () => {
  await world.idle('--name', 'all', '-P', '--expose', '80', '--expose', '90-91/udp');
  const lines = (await world.ok('port', 'all')).split('\n');
  expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(
    ['80/tcp', '80/tcp', '90/udp', '90/udp', '91/udp', '91/udp'].sort(),
  );
  const port = /^80\/tcp -> 0\.0\.0\.0:(\d+)$/m.exec(lines.join('\n'))![1]!;
  await using _server = await (await world.inside('all')).serve('serve', 'tcp', '::', '80', 'here');
  expect((await world.client.ask('ask', 'tcp', hostAddress, port)).answer).toMatch(/^here/);
});

test('a free port keeps being told while the container runs, and nothing is told of one that is over', async () => {
  await world.idle('--name', 'over', '-p', '8101:80');
  await world.ok('stop', '-t', '0', 'over');
  expect(await world.ok('port', 'over')).toBe('');
  expect(await world.ok('ps', '-a', '--filter', 'name=over', '--format', '{{.Ports}}')).toBe('');
  expect(await world.ok('inspect', '-f', '{{json .NetworkSettings.Ports}}', 'over')).toBe('{}');
  expect(await world.ok('inspect', '-f', '{{json .HostConfig.PortBindings}}', 'over')).toContain('"HostPort":"8101"');
});

test('a thousand ports by a range: the first and the last answer, and with the container all are gone', async () => {
  const before = await world.state();
  await world.idle('--name', 'thousand', '-p', '20000-20999:20000-20999');
  const inside = await world.inside('thousand');
  for (const port of [20_000, 20_999]) {
    await using _server = await inside.serve('serve', 'tcp', '::', String(port), 'here');
    expect(await answering(port)).toEqual([hostAddress, hostAddress6, '127.0.0.1', '127.0.0.2', '::1']);
  }
  await world.ok('rm', '-f', 'thousand');
  expect(await world.settled(before)).toEqual(before);
});
