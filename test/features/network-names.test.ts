// Names: containers of a user network find each other, the rest is asked of the host's servers, and nothing waits when nobody asks.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientAddress, type NetworkHost, networkHost } from '../support/network-host.ts';
import { type Running, type Station, soon } from '../support/network-station.ts';

let world: NetworkHost;
let upstream: Running;
const inside: Record<string, Station> = {};
beforeAll(async () => {
  world = await networkHost();
  upstream = await world.client.serve('upstream', clientAddress);
  await world.ok('network', 'create', '--ipv6', '--subnet', '10.1.0.0/16', '--subnet', 'fd00:1::/64', 'red');
  await world.ok('network', 'create', '--subnet', '10.2.0.0/16', 'blue');
  await start('one', '--network', 'red');
  await start('web', '--network', 'red', '--network-alias', 'www', '--network-alias', 'shop.test');
  await start('other', '--network', 'blue');
  await start('plain');
  await start('plain-two');
});
afterAll(async () => {
  await upstream[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function start(name: string, ...flags: string[]): Promise<string> {
  const id = await world.idle('--name', name, ...flags);
  inside[name] = await world.inside(name);
  return id;
}

const server = '127.0.0.11';
const resolve = (from: string, type: string, ...names: string[]): Promise<Record<string, unknown>> =>
  inside[from]!.ask('resolve', server, type, ...names);
const nothing = expect.stringMatching(/^E(NOTFOUND|NODATA|SERVFAIL|REFUSED)$/);

describe('a container of a user network', () => {
  test('is found by name, alias and short id, and by any case of them', async () => {
    const id = (await world.ok('inspect', '-f', '{{.Id}}', 'web')).slice(0, 12);
    const four = [await world.addressOf('web', 'red')];
    const six = [await world.address6Of('web', 'red')];
    const names = ['web', 'www', 'shop.test', id, 'WEB', 'web.'];
    expect(await resolve('one', 'A', ...names)).toEqual(Object.fromEntries(names.map((name) => [name, four])));
    expect(await resolve('one', 'AAAA', ...names)).toEqual(Object.fromEntries(names.map((name) => [name, six])));
  });

  test('is found by what the programs of an image use', async () => {
    const address = await world.addressOf('web', 'red');
    expect((await world.tsdocker('exec', 'one', 'nslookup', '-type=a', 'web')).stdout).toContain(address);
    expect(await world.ok('exec', 'one', 'ping', '-4', '-c', '1', 'web')).toContain(address);
  });

  test('is named by its address, both families', async () => {
    const addresses = [await world.addressOf('web', 'red'), await world.address6Of('web', 'red')];
    for (const address of addresses) {
      const answer = (await resolve('one', 'PTR', address))[address] as string[];
      expect(answer.some((name) => name === 'web' || name.startsWith('web.'))).toBe(true);
    }
  });

  test('finds itself', async () => {
    expect(await resolve('web', 'A', 'web')).toEqual({ web: [await world.addressOf('web', 'red')] });
  });

  test('is not found from another network, nor from the default one, which has no names', async () => {
    // The upstream server knows every name, and says where it is: elsewhere.
    expect(await resolve('other', 'A', 'web')).toEqual({ web: ['203.0.113.7'] });
    expect(await world.ok('exec', 'plain', 'cat', '/etc/resolv.conf')).not.toContain(server);
    const { stdout } = await world.tsdocker('exec', 'plain', 'nslookup', '-type=a', 'plain-two');
    expect(stdout).not.toContain(await world.addressOf('plain-two'));
  });

  test('that is in two networks is found in both by the address it has there, and finds both', async () => {
    await start('both', '--network', 'red');
    await world.ok('network', 'connect', '--alias', 'middle', 'blue', 'both');
    expect(await resolve('one', 'A', 'both')).toEqual({ both: [await world.addressOf('both', 'red')] });
    expect(await resolve('other', 'A', 'both', 'middle')).toEqual({
      both: [await world.addressOf('both', 'blue')],
      middle: [await world.addressOf('both', 'blue')],
    });
    expect(await resolve('both', 'A', 'web', 'other')).toEqual({
      web: [await world.addressOf('web', 'red')],
      other: [await world.addressOf('other', 'blue')],
    });
  });

  test('two with the same alias are both in the answer', async () => {
    await start('twin-a', '--network', 'blue', '--network-alias', 'twin');
    await start('twin-b', '--network', 'blue', '--network-alias', 'twin');
    const found = (await resolve('other', 'A', 'twin')).twin as string[];
    expect(found.toSorted()).toEqual(
      [await world.addressOf('twin-a', 'blue'), await world.addressOf('twin-b', 'blue')].sort(),
    );
  });

  test('that has no IPv6 has no AAAA, and nobody outside is asked for one', async () => {
    expect(await resolve('other', 'AAAA', 'other')).toEqual({ other: nothing });
    expect(upstream.said().split('\n')).not.toContain('other');
  });

  test('is forgotten when it is stopped or killed, and known again when it is started', async () => {
    await start('brief', '--network', 'red');
    const address = await world.addressOf('brief', 'red');
    expect(await resolve('one', 'A', 'brief')).toEqual({ brief: [address] });
    await world.ok('stop', '-t', '0', 'brief');
    expect(await resolve('one', 'A', 'brief')).toEqual({ brief: ['203.0.113.7'] });
    await world.ok('start', 'brief');
    expect(await resolve('one', 'A', 'brief')).toEqual({ brief: [address] });
    await world.ok('kill', 'brief');
    await world.tsdocker('wait', 'brief');
    expect(await resolve('one', 'A', 'brief')).toEqual({ brief: ['203.0.113.7'] });
  });

  test('is found by its new name when it is renamed', async () => {
    await start('before', '--network', 'red');
    await world.ok('rename', 'before', 'after');
    expect(await resolve('one', 'A', 'after')).toEqual({ after: [await world.addressOf('after', 'red')] });
    expect(await resolve('one', 'A', 'before')).toEqual({ before: ['203.0.113.7'] });
  });
});

describe('other names', () => {
  test('are asked of the servers of the host, over tcp too where the answer is long', async () => {
    expect(await resolve('one', 'A', 'www.example.com')).toEqual({ 'www.example.com': ['203.0.113.7'] });
    expect(await resolve('one', 'AAAA', 'www.example.com')).toEqual({ 'www.example.com': ['2001:db8::7'] });
    expect(await resolve('one', 'A', 'missing.example.com')).toEqual({ 'missing.example.com': nothing });
    expect((await resolve('one', 'A', 'long.example.com'))['long.example.com']).toHaveLength(100);
  });

  test('are asked of the servers that --dns names', async () => {
    await using own = await world.far.serve('upstream', '198.51.100.10');
    await start('told', '--network', 'red', '--dns', '198.51.100.10');
    expect(await resolve('told', 'A', 'asked.example.com', 'web')).toEqual({
      'asked.example.com': ['203.0.113.7'],
      web: [await world.addressOf('web', 'red')],
    });
    expect(own.said()).toContain('asked.example.com');
    expect(own.said()).not.toContain('web');
    expect(upstream.said()).not.toContain('asked.example.com');
  });

  test('have no answer where no server has one, and soon', async () => {
    await start('lost', '--network', 'red', '--dns', '192.0.2.77');
    expect(await resolve('lost', 'A', 'www.example.com', 'web')).toEqual({
      'www.example.com': expect.stringMatching(/^E(TIMEOUT|SERVFAIL|REFUSED)$/),
      web: [await world.addressOf('web', 'red')],
    });
  });
});

describe('the resolver', () => {
  const children = async (name: string): Promise<number[]> => {
    const pid = Number(await world.ok('inspect', '-f', '{{.State.Pid}}', name));
    const [, shim] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    const list = readFileSync(`/proc/${shim}/task/${shim}/children`, 'utf8');
    return list
      .split(' ')
      .filter((each) => each !== '')
      .map(Number)
      .filter((each) => each !== pid);
  };

  test('is not there before anybody asks, answers, answers again when it was killed, and goes when nobody asks', async () => {
    await start('asker', '--network', 'red');
    expect(await children('asker')).toEqual([]);
    const answer = { web: [await world.addressOf('web', 'red')] };
    expect(await resolve('asker', 'A', 'web')).toEqual(answer);
    const [first, ...others] = await children('asker');
    expect(others).toEqual([]);
    // It may do nothing but answer: no privilege, no new one, and a filter on its system calls.
    const status = readFileSync(`/proc/${first}/status`, 'utf8');
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).not.toMatch(/^Uid:\s+0\s/m);
    process.kill(first!, 'SIGKILL');
    expect(await resolve('asker', 'A', 'web')).toEqual(answer);
    const [second] = await children('asker');
    expect(second).not.toBe(first);
    for (let tries = 0; tries < 4 && (await children('asker')).length > 0; tries++)
      await soon('it goes', async () => (await children('asker')).length === 0).catch(() => undefined);
    expect(await children('asker')).toEqual([]);
    expect(await resolve('asker', 'A', 'web')).toEqual(answer);
  });

  test('leaves port 53 to the container', async () => {
    await start('own-server', '--network', 'red');
    await using _own = await inside['own-server']!.serve('upstream', '0.0.0.0');
    expect(await inside['own-server']!.ask('resolve', '127.0.0.1', 'A', 'anything')).toEqual({
      anything: ['203.0.113.7'],
    });
    const address = await world.addressOf('own-server', 'red');
    expect(await inside.one!.ask('resolve', address, 'A', 'anything')).toEqual({ anything: ['203.0.113.7'] });
    expect(await resolve('own-server', 'A', 'web')).toEqual({ web: [await world.addressOf('web', 'red')] });
  });

  test('answers a hundred questions at once', async () => {
    const names = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'web' : `n${index}.example.com`));
    const answers = await resolve('one', 'A', ...names);
    expect(Object.values(answers).filter((answer) => !Array.isArray(answer))).toEqual([]);
  });
});
