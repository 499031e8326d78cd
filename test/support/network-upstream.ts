// A name server for tests (RFC 1035 section 4), which writes each name that it is asked for as a line. Every name has the
// same addresses, but for those that begin with `missing`; `long…` has so many that the answer does not fit a datagram.
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';

const ipv4 = Buffer.from([203, 0, 113, 7]); // RFC 5737
const ipv6 = Buffer.from('20010db8000000000000000000000007', 'hex'); // RFC 3849
const types = { A: 1, AAAA: 28 };

interface Question {
  readonly name: string;
  readonly type: number;
  /** The bytes of the question section. */
  readonly section: Buffer;
}

function parseQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: message.readUInt16BE(at + 1), section: message.subarray(12, at + 5) };
}

function answerTo(message: Buffer, { name, type, section }: Question, limit: number): Buffer {
  const address = type === types.A ? ipv4 : type === types.AAAA ? ipv6 : undefined;
  const missing = name.startsWith('missing');
  const count = address === undefined || missing ? 0 : name.startsWith('long') ? 100 : 1;
  const records = Array.from({ length: count }, (_, index) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0); // the name in the question
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(address!.length, 10);
    const own = Buffer.from(address!);
    own[own.length - 1] = (7 + index) % 256;
    return Buffer.concat([record, own]);
  });
  const whole = Buffer.concat(records);
  const fits = 12 + section.length + whole.length <= limit;
  const header = Buffer.alloc(12);
  message.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (missing ? 3 : 0) | (fits ? 0 : 0x200), 2); // an answer; no such name; truncated
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(fits ? count : 0, 6);
  return Buffer.concat([header, section, ...(fits ? [whole] : [])]);
}

/** Answers on port 53 until the process ends. */
export function watchNames(address: string, ready: () => void): void {
  const answer = (message: Buffer, limit: number): Buffer => {
    const question = parseQuestion(message);
    process.stdout.write(`${question.name}\n`);
    return answerTo(message, question, limit);
  };
  const server = createServer((connection) => {
    let heard = Buffer.alloc(0);
    connection.on('error', () => connection.destroy());
    connection.on('data', (piece: Buffer) => {
      heard = Buffer.concat([heard, piece]);
      while (heard.length >= 2 && heard.length >= 2 + heard.readUInt16BE(0)) {
        const length = heard.readUInt16BE(0);
        const reply = answer(heard.subarray(2, 2 + length), 65_535);
        const size = Buffer.alloc(2);
        size.writeUInt16BE(reply.length);
        connection.write(Buffer.concat([size, reply]));
        heard = heard.subarray(2 + length);
      }
    });
  });
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (message: Buffer, from) => socket.send(answer(message, 512), from.port, from.address));
  socket.bind(53, address, () => server.listen(53, address, ready));
}
