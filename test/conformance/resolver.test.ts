// The resolver (native/resolver.c) under the sanitizers, against servers of the test's own; and its messages against a model.
import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answerTo,
  framed,
  messages,
  nameIn,
  query,
  type Reply,
  readReply,
  sendTcp,
  sendUdp,
  type TypeName,
} from '../support/dns-messages.ts';
import { buildDoors, type Doors, openDoors } from '../support/door-driver.ts';
import { buildDriver, runDriver } from '../support/native-programs.ts';

let folder: string;
let program: string;
let model: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-resolver-'));
  program = buildDoors(folder);
  model = buildDriver('dns', folder, ['dns.c', 'names.c']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'every answer to any query is a right message, and says of each name what is known (seed %d)',
  (seed) => {
    const told = runDriver(model, [`${seed}`, '40000'], Buffer.alloc(0));
    const [answered, unknown, refused, dropped, cut, accepted] = told.match(/\d+/g)!.map(Number);
    for (const count of [answered, unknown, refused, dropped, accepted]) expect(count).toBeGreaterThan(1000);
    expect(cut).toBeGreaterThan(5);
  },
);

interface Resolver extends Doors {
  /** The folder of names. */
  readonly names: string;
  ask(name: string, type: TypeName, room?: number): Promise<Reply>;
  askTcp(name: string, type: TypeName): Promise<Reply>;
  /** Puts a file of names in its place as the engine does. */
  put(container: string, text: string): void;
  settle(lines: readonly string[]): void;
}

/** A resolver with a folder of names. `lines` are further ones of its settings. */
async function resolver(...lines: readonly string[]): Promise<Resolver> {
  const bundle = mkdtempSync(join(folder, 'bundle-'));
  const names = join(bundle, 'names');
  mkdirSync(names);
  const put = (container: string, text: string): void => {
    writeFileSync(join(names, `.${container}`), text);
    renameSync(join(names, `.${container}`), join(names, container));
  };
  const settle = (own: readonly string[]): void => {
    writeFileSync(join(bundle, 'new'), [`names ${names}`, ...own, ''].join('\n'));
    renameSync(join(bundle, 'new'), join(bundle, 'resolver'));
  };
  settle(lines);
  const doors = await openDoors(program, bundle, [
    { kind: 'resolver', protocol: 'udp', address: '127.0.0.1' },
    { kind: 'resolver', protocol: 'tcp', address: '127.0.0.1' },
  ]);
  const [udp, tcp] = doors.ports as [number, number];
  return {
    ...doors,
    [Symbol.asyncDispose]: () => doors[Symbol.asyncDispose](),
    names,
    put,
    settle,
    ask: async (name, type, room) => readReply(await sendUdp(udp, query(name, type, room))),
    askTcp: async (name, type) => readReply((await sendTcp(tcp, query(name, type)))[0]!),
  };
}

interface Upstream extends AsyncDisposable {
  /** A line of the resolver's settings. */
  readonly line: string;
  readonly queries: Buffer[];
  readonly sources: RemoteInfo[];
}

/** A server whose answers the test makes: none, one, or several to a query. */
async function upstream(answers: (asked: Buffer) => readonly Uint8Array[]): Promise<Upstream> {
  const queries: Buffer[] = [];
  const sources: RemoteInfo[] = [];
  const server = createServer(async (socket: Socket) => {
    socket.on('error', () => {});
    for await (const asked of messages(socket)) {
      queries.push(asked);
      for (const answer of answers(asked)) socket.write(framed(answer));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4', (asked, from) => {
    queries.push(asked);
    sources.push(from);
    for (const answer of answers(asked)) socket.send(answer, from.port, from.address);
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    line: `server 127.0.0.1#${port}`,
    queries,
    sources,
    async [Symbol.asyncDispose]() {
      socket.close();
      server.close();
    },
  };
}

test('names, aliases and short ids are found in both families, in any case, and by address', async () => {
  await using own = await resolver();
  own.put('aaa', '172.18.0.2\tweb web.1 3f2a9b\nfd00::2 web web.1 3f2a9b\n');
  own.put('bbb', '172.18.0.3 Other\n');
  for (const ask of [own.ask, own.askTcp]) {
    for (const name of ['web', 'WEB.1', '3f2a9b']) {
      expect(await ask(name, 'A')).toMatchObject({ id: 0x1234, code: 'NOERROR', answers: ['172.18.0.2'] });
      expect((await ask(name, 'AAAA')).answers).toEqual(['fd00::2']);
    }
    expect((await ask('web', 'ANY')).answers.toSorted()).toEqual(['172.18.0.2', 'fd00::2']);
    expect((await ask('other', 'A')).answers).toEqual(['172.18.0.3']);
    expect((await ask('2.0.18.172.in-addr.arpa', 'PTR')).answers).toEqual(['web']);
    expect((await ask(`2${'.0'.repeat(27)}.0.0.d.f.ip6.arpa`, 'PTR')).answers).toEqual(['web']);
  }
});

test('a name without an address of that family, or without such a record, is known nevertheless', async () => {
  await using server = await upstream((asked) => [answerTo(asked, 'NXDOMAIN')]);
  await using own = await resolver('forward', server.line);
  own.put('aaa', '172.18.0.2 web\n');
  for (const type of ['AAAA', 'MX', 'PTR'] as const) {
    expect(await own.ask('web', type)).toMatchObject({ code: 'NOERROR', answers: [] });
  }
  expect(server.queries).toEqual([]);
});

test('several containers of one name are all given, and take turns at being the first', async () => {
  await using own = await resolver();
  for (let i = 1; i <= 3; i++) own.put(`c${i}`, `172.18.0.${i} web\n`);
  const firsts = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const { answers } = await own.ask('web', 'A');
    expect(answers.toSorted()).toEqual(['172.18.0.1', '172.18.0.2', '172.18.0.3']);
    firsts.add(answers[0]!);
  }
  expect(firsts.size).toBe(3);
});

test('a container that comes, changes or goes is seen by the next question', async () => {
  await using own = await resolver();
  for (let i = 1; i < 100; i++) {
    own.put('aaa', `172.18.0.${i} web\n`);
    expect((await own.ask('web', 'A')).answers).toEqual([`172.18.0.${i}`]);
    rmSync(join(own.names, 'aaa'));
    expect((await own.ask('web', 'A')).code).toBe('NXDOMAIN');
  }
});

test('answers that are too large are cut in udp, and whole where there is room or in tcp', async () => {
  await using own = await resolver();
  const all = Array.from({ length: 60 }, (_, index) => `172.18.0.${index + 1}`);
  own.put('aaa', all.map((address) => `${address} web\n`).join(''));
  const small = await own.ask('web', 'A');
  expect(small).toMatchObject({ isCut: true, hasOptions: false });
  expect(small.answers.length).toBeLessThan(32);
  const large = await own.ask('web', 'A', 4096);
  expect(large).toMatchObject({ isCut: false, hasOptions: true });
  expect(large.answers.length).toBe(60);
  const whole = await own.askTcp('web', 'A');
  expect(whole.isCut).toBe(false);
  expect(new Set(whole.answers)).toEqual(new Set(all));
});

test('without `forward` what is not known does not exist, and no query leaves', async () => {
  await using server = await upstream((asked) => [answerTo(asked, 'NOERROR', '192.0.2.1')]);
  await using own = await resolver(server.line);
  for (const ask of [own.ask, own.askTcp]) {
    for (const type of ['A', 'AAAA', 'MX', 'PTR'] as const) {
      expect((await ask('example.org', type)).code).toBe('NXDOMAIN');
    }
  }
  expect(server.queries).toEqual([]);
});

test('other names are asked of the server, each with an id and a port of its own', async () => {
  await using server = await upstream((asked) => [answerTo(asked, 'NOERROR', '192.0.2.7')]);
  await using own = await resolver('forward', server.line);
  for (let i = 0; i < 50; i++) {
    expect(await own.ask(`host${i}.example.org`, 'A')).toMatchObject({ id: 0x1234, answers: ['192.0.2.7'] });
  }
  expect(server.queries.map(nameIn)).toEqual(Array.from({ length: 50 }, (_, index) => `host${index}.example.org`));
  expect(new Set(server.queries.map((asked) => asked.readUInt16BE(0))).size).toBeGreaterThan(45);
  expect(new Set(server.sources.map(({ port }) => port)).size).toBeGreaterThan(40);
  expect(await own.askTcp('tcp.example.org', 'A')).toMatchObject({ id: 0x1234, answers: ['192.0.2.7'] });
  expect(server.sources).toHaveLength(50);
});

/** The same with another id. */
function forged(answer: Buffer): Buffer {
  answer.writeUInt16BE((answer.readUInt16BE(0) + 1) & 0xffff, 0);
  return answer;
}

test('answers with another id, to another question, or from another place are not believed', async () => {
  const stranger = createSocket('udp4');
  await using server = await upstream((asked) => {
    const { port } = server.sources.at(-1)!;
    stranger.send(answerTo(asked, 'NOERROR', '192.0.2.66'), port, '127.0.0.1');
    const other = Buffer.concat([asked.subarray(0, 2), query('example.com', 'A').subarray(2)]);
    const noAnswer = asked;
    return [
      forged(answerTo(asked, 'NOERROR', '192.0.2.66')),
      answerTo(other, 'NOERROR', '192.0.2.66'),
      noAnswer,
      asked.subarray(0, 5),
      answerTo(asked, 'NOERROR', '192.0.2.7'),
    ];
  });
  await using own = await resolver('forward', server.line);
  for (let i = 0; i < 20; i++) expect((await own.ask(`h${i}.example.org`, 'A')).answers).toEqual(['192.0.2.7']);
  stranger.close();
});

test('where one server is silent, refuses or fails, the next one is asked; where all do, the answer says so', async () => {
  await using silent = await upstream(() => []);
  await using failing = await upstream((asked) => [answerTo(asked, 'SERVFAIL')]);
  await using right = await upstream((asked) => [answerTo(asked, 'NOERROR', '192.0.2.7')]);
  const gone = await upstream(() => []);
  await gone[Symbol.asyncDispose]();
  await using own = await resolver('forward', gone.line, failing.line, silent.line, right.line);
  expect((await own.ask('example.org', 'A')).answers).toEqual(['192.0.2.7']);
  own.settle(['forward', gone.line, failing.line]);
  expect((await own.ask('example.org', 'A')).code).toBe('SERVFAIL');
  own.settle(['forward', gone.line]);
  expect((await own.ask('example.org', 'A')).code).toBe('SERVFAIL');
  expect((await own.askTcp('example.org', 'A')).code).toBe('SERVFAIL');
});

test('names that are known are answered while hundreds of others wait for a silent server', async () => {
  await using server = await upstream(() => []);
  await using own = await resolver('forward', server.line);
  own.put('aaa', '172.18.0.2 web\n');
  const socket = createSocket('udp4');
  for (let i = 0; i < 1000; i++) socket.send(query(`h${i}.example.org`, 'A'), own.ports[0]!, '127.0.0.1');
  for (let i = 0; i < 50; i++) expect((await own.ask('web', 'A')).answers).toEqual(['172.18.0.2']);
  socket.close();
  expect(server.queries.length).toBeLessThan(600);
});

test('several queries on one connection are answered in turn, and half a query keeps nobody else waiting', async () => {
  await using own = await resolver();
  own.put('aaa', '172.18.0.2 web\n');
  const half = connect(own.ports[1]!, '127.0.0.1');
  half.write(framed(query('web', 'A')).subarray(0, 9));
  const queries = Array.from({ length: 50 }, (_, index) => query(index % 2 ? 'web' : 'none', 'A', undefined, index));
  const replies = (await sendTcp(own.ports[1]!, ...queries)).map(readReply);
  expect(replies.map(({ id }) => id)).toEqual(queries.map((_, index) => index));
  expect(replies.map(({ code }) => code)).toEqual(queries.map((_, index) => (index % 2 ? 'NOERROR' : 'NXDOMAIN')));
  half.destroy();
});

test('whatever is sent to it, it goes on', async () => {
  await using server = await upstream((asked) => [randomBytes(40), asked, answerTo(asked, 'NOERROR')]);
  await using own = await resolver('forward', server.line);
  own.put('aaa', '172.18.0.2 web\n');
  const socket = createSocket('udp4');
  for (let i = 0; i < 3000; i++) {
    const bytes = i % 3 === 0 ? randomBytes(i % 700) : query('web', 'A', i % 2 ? 1000 : undefined);
    if (i % 3) bytes[i % bytes.length] = i & 255;
    socket.send(bytes, own.ports[0]!, '127.0.0.1');
    if (i % 20 === 0) await own.ask('web', 'A');
  }
  socket.close();
  for (let i = 0; i < 200; i++) {
    const stream = connect(own.ports[1]!, '127.0.0.1').on('error', () => {});
    stream.end(i % 2 ? randomBytes(i) : framed(randomBytes(i)));
  }
  expect((await own.ask('web', 'A')).answers).toEqual(['172.18.0.2']);
  expect((await own.ask('web', 'A')).answers).toEqual(['172.18.0.2']);
  expect(own.said.filter((line) => line === 'serve resolver')).toHaveLength(1);
});

test('one that is killed is started by the next question, and one whose settings changed makes way for another', async () => {
  await using server = await upstream((asked) => [answerTo(asked, 'NOERROR', '192.0.2.7')]);
  await using own = await resolver();
  own.put('aaa', '172.18.0.2 web\n');
  expect((await own.ask('web', 'A')).answers).toEqual(['172.18.0.2']);
  process.kill(own.child()!, 'SIGKILL');
  await own.says('ended 9');
  expect((await own.ask('web', 'A')).answers).toEqual(['172.18.0.2']);
  expect((await own.ask('example.org', 'A')).code).toBe('NXDOMAIN');
  own.settle(['forward', server.line]);
  expect((await own.ask('example.org', 'A')).answers).toEqual(['192.0.2.7']);
  await own.says('ended 0');
});
