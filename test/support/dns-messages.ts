// Messages of the domain name system for tests (RFC 1035): written and read with no code of native/dns.c.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const typeNumber = { A: 1, PTR: 12, MX: 15, AAAA: 28, ANY: 255 } as const;
export type TypeName = keyof typeof typeNumber;
export const codeNumber = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export interface Reply {
  readonly id: number;
  readonly code: string;
  readonly isCut: boolean;
  readonly hasOptions: boolean;
  /** Addresses and names, as texts. */
  readonly answers: readonly string[];
}

/** @param room The size of an answer that an OPT record offers; without it there is none. */
export function query(name: string, type: TypeName, room?: number, id = 0x1234): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, room === undefined ? 0 : 1]);
  const options = room === undefined ? [] : [0, 0, 41, room >> 8, room & 255, 0, 0, 0, 0, 0, 0];
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, typeNumber[type], 0, 1, ...options])]);
}

/** An answer to a query with one address each, as a server would send it. */
export function answerTo(asked: Uint8Array, code: keyof typeof codeNumber, ...addresses: readonly string[]): Buffer {
  const end = questionEnd(asked);
  const head = Buffer.from(asked.subarray(0, end));
  head[2] = 0x81;
  head[3] = 0x80 | codeNumber[code];
  head.writeUInt16BE(addresses.length, 6);
  head.fill(0, 8, 12);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...address.split('.').map(Number)]),
  );
  return Buffer.concat([head, ...records]);
}

/** The name that is asked for. */
export function nameIn(asked: Uint8Array): string {
  return readName(Buffer.from(asked), 12).name;
}

function questionEnd(asked: Uint8Array): number {
  return readName(Buffer.from(asked), 12).end + 4;
}

function readName(bytes: Buffer, at: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  for (let place = at; ; ) {
    const length = bytes.readUInt8(place);
    if (length >= 0xc0) {
      end ??= place + 2;
      place = bytes.readUInt16BE(place) & 0x3fff;
      continue;
    }
    if (length === 0) return { name: labels.join('.'), end: end ?? place + 1 };
    labels.push(bytes.toString('latin1', place + 1, place + 1 + length));
    place += 1 + length;
  }
}

export function readReply(bytes: Buffer): Reply {
  const [answers, options] = [bytes.readUInt16BE(6), bytes.readUInt16BE(10)];
  const texts: string[] = [];
  let at = bytes.readUInt16BE(4) === 1 ? readName(bytes, 12).end + 4 : 12;
  let code: number = bytes.readUInt8(3) & 15;
  for (let i = 0; i < answers + options; i++) {
    at = readName(bytes, at).end;
    const type = bytes.readUInt16BE(at);
    const data = at + 10;
    const size = bytes.readUInt16BE(at + 8);
    if (type === typeNumber.A) texts.push(bytes.subarray(data, data + 4).join('.'));
    if (type === typeNumber.AAAA) texts.push(sixText(bytes.subarray(data, data + 16)));
    if (type === typeNumber.PTR) texts.push(readName(bytes, data).name);
    if (type === 41) code |= bytes.readUInt8(at + 4) << 4;
    at = data + size;
  }
  if (at !== bytes.length) throw new Error('bytes behind the answer');
  const name = Object.entries(codeNumber).find(([, number]) => number === code)?.[0] ?? `${code}`;
  return {
    id: bytes.readUInt16BE(0),
    code: name,
    isCut: (bytes.readUInt8(2) & 2) !== 0,
    hasOptions: options === 1,
    answers: texts,
  };
}

function sixText(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');
  return new URL(`http://[${groups}]/`).hostname.slice(1, -1);
}

/** Sends bytes by udp, and gives what comes back. As a resolver of a program does, it asks again where nothing comes. */
export async function sendUdp(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = createSocket('udp4');
  const came = once(socket, 'message') as Promise<[Buffer]>;
  const again = setInterval(() => socket.send(bytes, port, '127.0.0.1'), 3000);
  socket.send(bytes, port, '127.0.0.1');
  const [answer] = await came;
  clearInterval(again);
  socket.close();
  return answer;
}

/** Puts the length in front, as tcp has it. */
export function framed(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

/** The messages of a connection, as they come. */
export async function* messages(socket: Socket): AsyncGenerator<Buffer> {
  let got = Buffer.alloc(0);
  for await (const part of socket) {
    got = Buffer.concat([got, part as Buffer]);
    while (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
      const end = 2 + got.readUInt16BE(0);
      yield got.subarray(2, end);
      got = got.subarray(end);
    }
  }
}

/** Sends messages on one connection at once, and gives so many answers. */
export async function sendTcp(port: number, ...queries: readonly Uint8Array[]): Promise<Buffer[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(Buffer.concat(queries.map(framed)));
  const answers: Buffer[] = [];
  for await (const message of messages(socket)) if (answers.push(message) === queries.length) break;
  return answers;
}
