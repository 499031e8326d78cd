// Files with holes as GNU tar archives them: only the pieces that hold data, and a map of where they belong (GNU tar manual,
// "Storing Sparse Files": the old form in the header, the pax forms 0.0, 0.1 and 1.0).
import { TsdockerError } from '../../error.ts';
import { shown } from '../byte-names.ts';
import { numberField } from './fields.ts';

export interface Sparse {
  /** Bytes of the file, holes included. */
  readonly realSize: number;
  /** In rising order. */
  readonly pieces: readonly Piece[];
}

export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/** The four pieces of an old header, or the 21 of a block that follows it. The second says whether another block follows. */
export function parseOldPieces(block: Buffer, at: number, count: number): { pieces: Piece[]; isContinued: boolean } {
  const pieces: Piece[] = [];
  for (let index = 0; index < count; index++) {
    const start = at + 24 * index;
    if (block[start] === 0) break;
    pieces.push({ offset: numberField(block, start, 12), length: numberField(block, start + 12, 12) });
  }
  return { pieces, isContinued: block[at + 24 * count] !== 0 };
}

export const oldRealSize = (block: Buffer): number => numberField(block, 483, 12);

/** What the pax records say of a sparse file; undefined where it is none. Form 1.0 keeps its map before the data. */
export function sparseRecords(
  records: ReadonlyMap<string, string>,
): { readonly realSize: number; readonly map: readonly string[] | 'before the data' } | undefined {
  const isNewest = records.get('GNU.sparse.major') === '1' && records.get('GNU.sparse.minor') === '0';
  const map = records.get('GNU.sparse.map');
  if (!isNewest && map === undefined) return undefined;
  const size = records.get('GNU.sparse.realsize') ?? records.get('GNU.sparse.size') ?? '';
  return { realSize: decimal(size), map: isNewest ? 'before the data' : map!.split(',') };
}

/** Collects the map of form 1.0, block by block: a count, then an offset and a length for each, each on a line. */
export function createMapReader(): (block: Buffer) => Piece[] | undefined {
  const numbers: string[] = [];
  let partial = '';
  return (block) => {
    const lines = (partial + block.toString('latin1', 0, 512)).split('\n');
    partial = lines.pop()!;
    numbers.push(...lines);
    const count = numbers.length === 0 ? Number.NaN : decimal(numbers[0]!);
    if (count > mostPieces) throw new TsdockerError('corrupt', 'a sparse file of a layer has too many pieces');
    if (numbers.length >= 1 + 2 * count) return piecesOf(numbers.slice(1, 1 + 2 * count));
    if (partial.length > longestNumber) throw new TsdockerError('corrupt', 'a map of a sparse file has no end');
    return undefined;
  };
}

/** Digits. ATTACK: nothing of a map is read twice, or one of a few megabytes would take minutes. */
const longestNumber = 32;
const mostPieces = 100_000;

/** @param numbers Offset, length, offset, length, … */
export function piecesOf(numbers: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    pieces.push({ offset: decimal(numbers[index]!), length: decimal(numbers[index + 1]!) });
  }
  return pieces;
}

function decimal(text: string): number {
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new TsdockerError('corrupt', 'a sparse file of a layer has a map that is none');
  return value;
}

/**
 * ATTACK: pieces that overlap, go backwards or behind the end make of one archive two files, in two readers.
 * @param packed How many bytes of data the archive holds.
 */
export function refuseWrongMap(name: string, { realSize, pieces }: Sparse, packed: number): void {
  let end = 0;
  let total = 0;
  for (const { offset, length } of pieces) {
    if (offset < end || length < 0) throw wrongMap(name);
    end = offset + length;
    total += length;
  }
  if (end > realSize || total !== packed) throw wrongMap(name);
}

const wrongMap = (name: string): TsdockerError =>
  new TsdockerError('corrupt', `the entry ${shown(name)} is a sparse file whose map is wrong`);
