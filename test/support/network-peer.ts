// Servers and clients for tests of networks: run with Node.js in a namespace, as `node network-peer.ts WHAT WORDS…`. A server
// says `ready` when it listens; a client prints what it found out as JSON.
import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { get } from 'node:http';
import { createConnection, createServer, isIPv6, type Socket } from 'node:net';
import { watchNames } from './network-upstream.ts';

const ready = (): boolean => process.stdout.write('ready\n');
const print = (value: unknown): boolean => process.stdout.write(JSON.stringify(value));
const code = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
/** As a client of IPv4 looks to a socket of both families. */
const plain = (address: string | undefined): string => String(address).replace(/^::ffff:/, '');

/** Says `WORD CLIENT`, and then whatever it is told; a datagram is answered with `WORD CLIENT TEXT`. */
function serve(protocol: string, address: string, port: number, word = ''): void {
  if (protocol === 'udp') {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.on('message', (text: Buffer, { address: from, port: its }: RemoteInfo) => {
      socket.send(`${word} ${plain(from)} ${text}`, its, from);
    });
    socket.bind(port, address, ready);
    return;
  }
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connection.on('error', () => connection.destroy());
    connection.write(`${word} ${plain(connection.remoteAddress)} `);
    connection.pipe(connection);
  });
  server.listen({ port, host: address, backlog: 4096 }, ready);
}

/** Connects, and resolves to an error's code, `silence`, or undefined where somebody is there. */
function knock(address: string, port: number, milliseconds: number): Promise<string | Socket> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve('silence');
    }, milliseconds);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on('error', (error) => {
      clearTimeout(timer);
      resolve(code(error));
    });
  });
}

/** @param wait Milliseconds until it is silence. */
async function ask(protocol: string, address: string, port: number, text = 'hello', wait = 1500): Promise<void> {
  if (protocol === 'udp') {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (answer: unknown): void => {
      clearTimeout(timer);
      print(answer);
      socket.close();
    };
    const timer = setTimeout(() => end({ error: 'silence' }), wait);
    socket.on('message', (answer) => end({ answer: String(answer).trim() }));
    socket.on('error', (error) => end({ error: code(error) }));
    // Connected, so that an ICMP error is told.
    socket.connect(port, address, ((error?: Error) => {
      if (error) end({ error: code(error) });
      else socket.send(text, () => {});
    }) as () => void);
    return;
  }
  const socket = await knock(address, port, wait);
  if (typeof socket === 'string') return void print({ error: socket });
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.once('end', () => print({ answer: Buffer.concat(pieces).toString().trim() }));
  socket.once('error', (error) => print({ error: code(error) }));
  socket.end(text);
}

/** `80`, `1-1024`: each in turn. */
const expand = (words: readonly string[]): number[] =>
  words.flatMap((word) => {
    const [first = 0, last = first] = word.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

/** Whether a datagram to a port is answered, refused by ICMP, or neither. */
function knockByDatagram(address: string, port: number, milliseconds: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const end = (found: string): void => {
    clearTimeout(timer);
    socket.close(() => resolve(found));
  };
  const timer = setTimeout(() => end('silence'), milliseconds);
  socket.on('message', () => end('open'));
  socket.on('error', (error) => end(code(error)));
  socket.connect(port, address, ((error?: Error) => {
    if (error) end(code(error));
    else socket.send('probe', () => {});
  }) as () => void);
  return promise;
}

/** Says of every port whether it is open, refused or silent, as nmap would. */
async function probe(protocol: string, address: string, ports: readonly number[]): Promise<void> {
  const found: Record<string, number[]> = { open: [], refused: [], silent: [] };
  const kinds: Readonly<Record<string, string>> = { ECONNREFUSED: 'refused', silence: 'silent' };
  for (let at = 0; at < ports.length; at += 500) {
    const some = ports.slice(at, at + 500);
    const answers = await Promise.all(
      some.map(async (port) => {
        if (protocol === 'udp') return knockByDatagram(address, port, 1000);
        const answer = await knock(address, port, 1000);
        if (typeof answer === 'string') return answer;
        answer.destroy();
        return 'open';
      }),
    );
    for (const [index, answer] of answers.entries()) {
      const kind = kinds[answer] ?? answer;
      found[kind] = [...(found[kind] ?? []), some[index]!];
    }
  }
  print(found);
}

/** The body of a page. */
async function fetchPage(address: string, port: number): Promise<void> {
  try {
    const host = isIPv6(address) ? `[${address}]` : address;
    const response = await fetch(`http://${host}:${port}/`, { signal: AbortSignal.timeout(2500) });
    print({ answer: (await response.text()).trim() });
  } catch (error) {
    print({ error: code((error as Error).cause ?? error) });
  }
}

/** Asks a web server so often, each time on a connection of its own; prints how often it answered, and what went wrong. */
async function many(address: string, port: number, count: number, atOnce: number): Promise<void> {
  const failures: Record<string, number> = {};
  let done = 0;
  let begun = 0;
  const fetchOne = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      const request = get({ host: address, port, agent: false, timeout: 20_000 }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`));
        response.once('error', (error) => resolve(code(error)));
      });
      request.once('timeout', () => request.destroy(new Error('timeout')));
      request.once('error', (error) => resolve(code(error)));
    });
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (begun++ < count) {
        const failure = await fetchOne();
        if (failure === undefined) done++;
        else failures[failure] = (failures[failure] ?? 0) + 1;
      }
    }),
  );
  print({ done, failures });
}

/** Sends a datagram every 50 ms, always from the same port, and writes each answer as a line. */
function keepAsking(address: string, port: number): void {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (answer) => process.stdout.write(`${answer}\n`));
  socket.on('error', () => {}); // nobody there, for now
  socket.bind(0, () => {
    ready();
    setInterval(() => socket.send('hello', port, address, () => {}), 50);
  });
}

/** Sends so many MB to whoever connects first, says their digest and ends. */
function source(address: string, port: number, megabytes: number): void {
  const server = createServer((connection) => {
    server.close();
    const hash = createHash('sha256');
    const block = randomBytes(2 ** 20);
    let left = megabytes;
    const more = (): void => {
      while (left > 0) {
        block.writeUInt32LE(left--, 0); // no two blocks are the same
        const copy = Buffer.from(block);
        hash.update(copy);
        if (!connection.write(copy)) return void connection.once('drain', more);
      }
      connection.end();
      process.stdout.write(hash.digest('hex'));
    };
    more();
  });
  server.listen(port, address, ready);
}

async function sink(address: string, port: number): Promise<void> {
  const socket = await knock(address, port, 3000);
  if (typeof socket === 'string') return void print({ error: socket });
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of socket as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    hash.update(piece);
  }
  print({ bytes, digest: hash.digest('hex') });
}

/** Asks a name server for addresses and names, one line of JSON: what it answered, or the code of its refusal. */
async function resolve(server: string, type: string, names: readonly string[]): Promise<void> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  const answers = await Promise.all(
    names.map(async (name) => {
      try {
        return type === 'PTR' ? await resolver.reverse(name) : await resolver.resolve(name, type);
      } catch (error) {
        return code(error);
      }
    }),
  );
  print(Object.fromEntries(names.map((name, index) => [name, answers[index]])));
}

const [, , what = '', ...words] = process.argv;
const [first = '', second = '', third = '', fourth, fifth] = words;
const verbs: Readonly<Record<string, () => unknown>> = {
  serve: () => serve(first, second, Number(third), fourth),
  ask: () => ask(first, second, Number(third), fourth, fifth === undefined ? undefined : Number(fifth)),
  'keep-asking': () => keepAsking(first, Number(second)),
  probe: () => probe(first, second, expand(words.slice(2))),
  get: () => fetchPage(first, Number(second)),
  many: () => many(first, Number(second), Number(third), Number(fourth)),
  source: () => source(first, Number(second), Number(third)),
  sink: () => sink(first, Number(second)),
  resolve: () => resolve(first, second, words.slice(2)),
  upstream: () => watchNames(first, ready),
};
const verb = verbs[what];
if (verb === undefined) throw new Error(`no such word: ${what}`);
await verb();
