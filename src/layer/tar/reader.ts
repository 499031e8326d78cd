// Reads a tar as it comes, piece by piece: headers, the records that go before them, contents. It keeps no more than one
// header and one set of records in memory, whatever the archive says of itself.
import { TsdockerError } from '../../error.ts';
import { type Entry, parseEntry } from '../entry.ts';
import { limited } from '../limited.ts';
import { isZeroBlock, notWhole } from './fields.ts';
import { type Header, parseHeader } from './header.ts';
import { parsePax } from './pax.ts';
import {
  createMapReader,
  oldRealSize,
  type Piece,
  parseOldPieces,
  piecesOf,
  refuseWrongMap,
  sparseRecords,
} from './sparse.ts';

/** Takes what an archive holds, in order. What it throws ends the reading. */
export interface EntrySink {
  begin(entry: Entry): void;
  /** A piece of the content of the file that was begun last. It is overwritten later: who keeps it copies it. */
  write(content: Uint8Array): void;
  /** That many bytes of zeros, which need no room where they can be left out. */
  hole(length: number): void;
  /** The entry that was begun last is complete. */
  end(): void;
}

export interface TarReader {
  /** Takes the next bytes of the archive. Throws `corrupt`, and what the sink throws; then it is of no use any more. */
  write(bytes: Uint8Array): void;
  /** There is no more. Throws `corrupt` for an archive that is cut. */
  end(): void;
}

const blockSize = 512;
/** pax records and GNU's long names are read into memory. An attribute alone may have 64 KiB. */
const largestRecords = 2 ** 20;

export function createTarReader(unlimited: EntrySink): TarReader {
  const sink = limited(unlimited);
  /** What the next bytes are for: a whole block, as much data as remains, or bytes to be passed over. */
  let onBlock: ((block: Buffer) => void) | undefined = readHeader;
  let onData: ((bytes: Uint8Array) => void) | undefined;
  let onDone: () => void = () => {};
  let remaining = 0;
  let padding = 0;

  const carry = Buffer.alloc(blockSize);
  let carried = 0;

  let records: ReadonlyMap<string, string> = new Map();
  let longName: string | undefined;
  let longLink: string | undefined;
  let isOver = false;

  function readHeader(block: Buffer): void {
    if (isZeroBlock(block)) {
      isOver = true;
      return;
    }
    refuseAfterEnd(isOver);
    const header = parseHeader(block);
    switch (header.type) {
      case 'pax':
        collect(header, (bytes) => {
          records = parsePax(bytes);
        });
        return;
      case 'global-pax': // Go's reader, and so every other engine, does not apply them
        collect(header, () => {});
        return;
      case 'gnu-long-name':
        collect(header, (bytes) => {
          longName = untilNul(bytes);
        });
        return;
      case 'gnu-long-link':
        collect(header, (bytes) => {
          longLink = untilNul(bytes);
        });
        return;
      case 'gnu-sparse':
        readOldSparse(header, block);
        return;
      default:
        readEntry(header);
    }
  }

  function collect(header: Header, take: (bytes: Buffer) => void): void {
    if (header.size > largestRecords) throw notWhole('the records before an entry are too large');
    const bytes = Buffer.alloc(header.size);
    let filled = 0;
    readData(
      header.size,
      (piece) => {
        bytes.set(piece, filled);
        filled += piece.byteLength;
      },
      () => take(bytes),
    );
  }

  /** Lets `take` have the next `size` bytes, then passes over what fills the last block, then calls `done`. */
  function readData(size: number, take: (bytes: Uint8Array) => void, done: () => void): void {
    remaining = size;
    padding = (blockSize - (size % blockSize)) % blockSize;
    onBlock = undefined;
    onData = take;
    onDone = () => {
      onBlock = readHeader;
      done();
    };
    if (remaining === 0 && padding === 0) onDone();
  }

  /** The header as its records change it. Records and long names count for one entry. */
  function complete(header: Header): { header: Header; mine: ReadonlyMap<string, string> } {
    const mine = records;
    const size = mine.get('size');
    const completed: Header = {
      ...header,
      name: mine.get('GNU.sparse.name') ?? mine.get('path') ?? longName ?? header.name,
      linkname: mine.get('linkpath') ?? longLink ?? header.linkname,
      size: size === undefined ? header.size : sizeRecord(size),
    };
    records = new Map();
    longName = undefined;
    longLink = undefined;
    return { header: completed, mine };
  }

  function readEntry(raw: Header): void {
    const { header, mine } = complete(raw);
    const sparse = header.type === 'file' ? sparseRecords(mine) : undefined;
    const entry = parseEntry(header, mine);
    if (sparse === undefined) {
      sink.begin(entry);
      readData(header.size, (bytes) => sink.write(bytes), sink.end);
    } else if (sparse.map === 'before the data') {
      readMapThenPieces(header, entry, sparse.realSize);
    } else readPieces(header, entry, sparse.realSize, piecesOf(sparse.map), header.size);
  }

  function readOldSparse(raw: Header, first: Buffer): void {
    const { header, mine } = complete(raw);
    const entry = parseEntry({ ...header, type: 'file' }, mine);
    const realSize = oldRealSize(first);
    const { pieces, isContinued } = parseOldPieces(first, 386, 4);
    const start = (): void => readPieces(header, entry, realSize, pieces, header.size);
    if (!isContinued) {
      start();
      return;
    }
    onBlock = (block) => {
      const more = parseOldPieces(block, 0, 21);
      pieces.push(...more.pieces);
      if (pieces.length > 100_000) throw new TsdockerError('corrupt', 'a sparse file of a layer has too many pieces');
      if (!more.isContinued) start();
    };
  }

  function readMapThenPieces(header: Header, entry: Entry, realSize: number): void {
    const readMap = createMapReader();
    let blocks = 0;
    onBlock = (block) => {
      blocks++;
      const pieces = readMap(block);
      const rest = header.size - blocks * blockSize;
      if (rest < 0) throw notWhole('the map of a sparse file is longer than the file');
      if (pieces !== undefined) readPieces(header, entry, realSize, pieces, rest);
    };
  }

  function readPieces(
    { name }: Header,
    entry: Entry,
    realSize: number,
    pieces: readonly Piece[],
    packed: number,
  ): void {
    refuseWrongMap(name, { realSize, pieces }, packed);
    sink.begin(entry);
    let at = 0;
    let index = 0;
    const skipTo = (offset: number): void => {
      if (offset > at) sink.hole(offset - at);
      at = Math.max(at, offset);
    };
    const write = (bytes: Uint8Array): void => {
      for (let rest = bytes; rest.byteLength > 0; ) {
        const { offset, length } = pieces[index]!;
        skipTo(offset);
        const part = rest.subarray(0, offset + length - at);
        sink.write(part);
        at += part.byteLength;
        rest = rest.subarray(part.byteLength);
        if (at === offset + length) index++;
        while (pieces[index]?.length === 0) index++;
      }
    };
    while (pieces[index]?.length === 0) index++;
    readData(packed, write, () => {
      skipTo(realSize);
      sink.end();
    });
  }

  function takeData(bytes: Uint8Array): number {
    if (remaining > 0) {
      const part = bytes.byteLength > remaining ? bytes.subarray(0, remaining) : bytes;
      remaining -= part.byteLength;
      onData!(part);
      if (remaining === 0 && padding === 0) onDone();
      return part.byteLength;
    }
    const skipped = Math.min(padding, bytes.byteLength);
    padding -= skipped;
    if (padding === 0) onDone();
    return skipped;
  }

  function takeBlock(bytes: Uint8Array): number {
    if (carried === 0 && bytes.byteLength >= blockSize) {
      onBlock!(Buffer.from(bytes.buffer, bytes.byteOffset, blockSize));
      return blockSize;
    }
    const part = bytes.subarray(0, blockSize - carried);
    carry.set(part, carried);
    carried += part.byteLength;
    if (carried === blockSize) {
      carried = 0;
      onBlock!(carry);
    }
    return part.byteLength;
  }

  return {
    write(bytes) {
      for (let at = 0; at < bytes.byteLength; ) {
        const rest = at === 0 ? bytes : bytes.subarray(at);
        at += onBlock === undefined ? takeData(rest) : takeBlock(rest);
      }
    },
    end() {
      if (onBlock !== readHeader || carried > 0) throw notWhole('it ends within an entry');
    },
  };
}

/**
 * ATTACK: two blocks of zeros end an archive (POSIX, "ustar Interchange Format"), and most readers stop there. What a reader
 * that goes on finds behind them would be in our container and in no scanner's list.
 */
function refuseAfterEnd(isOver: boolean): void {
  if (isOver) throw new TsdockerError('corrupt', 'a layer’s tar has entries behind its end');
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end < 0 ? bytes.byteLength : end);
}

function sizeRecord(text: string): number {
  const size = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw notWhole('the size of an entry is no number');
  return size;
}
