// Patterns of paths as Docker takes them from Go (path.Match): `*` is any run of characters but `/`, `?` is one, `[a-c]` and
// `[^a-c]` one of a class, `\` takes what follows as it is.
import { TsdockerError } from '../error.ts';

/** One piece of a pattern: what characters it takes, and whether any number of them. */
interface Piece {
  takes(character: string): boolean;
  readonly repeats: boolean;
}

/** Throws `usage` for a pattern that is none. Takes time in proportion to both lengths, whatever they say. */
export function matchesPath(pattern: string, path: string): boolean {
  const pieces = parse(pattern);
  // All places in the pattern that what was read so far may have led to.
  let places = reach(pieces, [0]);
  for (const character of path) {
    const next = [...places].flatMap((place) => {
      const piece = pieces[place];
      if (piece === undefined || !piece.takes(character)) return [];
      return [piece.repeats ? place : place + 1];
    });
    places = reach(pieces, next);
  }
  return places.has(pieces.length);
}

/** These places, and those after pieces that may be left out. */
function reach(pieces: readonly Piece[], places: readonly number[]): Set<number> {
  const all = new Set<number>();
  for (let place of places) {
    all.add(place);
    while (pieces[place]?.repeats === true) all.add(++place);
  }
  return all;
}

function parse(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  for (let rest = pattern; rest !== ''; ) {
    const [text] = /^(?:\[\^?(?:\\.|[^\]\\])+\]|\\.|[^[\\])/su.exec(rest) ?? refuse(pattern);
    pieces.push(pieceOf(text, pattern));
    rest = rest.slice(text.length);
  }
  return pieces;
}

function pieceOf(text: string, pattern: string): Piece {
  if (text === '*') return { takes: (character) => character !== '/', repeats: true };
  if (text === '?') return { takes: (character) => character !== '/', repeats: false };
  if (text.length > 1 && text.startsWith('[')) return { takes: classOf(text, pattern), repeats: false };
  const wanted = text.replace(/^\\/s, '');
  return { takes: (character) => character === wanted, repeats: false };
}

function classOf(text: string, pattern: string): (character: string) => boolean {
  const negated = text[1] === '^';
  const inner = text.slice(negated ? 2 : 1, -1);
  const one = String.raw`\\.|[^\\-]`;
  if (!new RegExp(`^(?:(?:${one})(?:-(?:${one}))?)+$`, 'su').test(inner)) return refuse(pattern);
  const plain = (each: string): number => each.replace(/^\\/s, '').codePointAt(0)!;
  const ranges = [...inner.matchAll(new RegExp(`(${one})(?:-(${one}))?`, 'gsu'))].map(
    ([, low = '', high = low]) => [plain(low), plain(high)] as const,
  );
  if (ranges.some(([low, high]) => low > high)) return refuse(pattern);
  return (character) => {
    const code = character.codePointAt(0)!;
    return ranges.some(([low, high]) => code >= low && code <= high) !== negated;
  };
}

function refuse(pattern: string): never {
  throw new TsdockerError('usage', `${JSON.stringify(pattern)} is not a pattern`, {
    hint: 'a class looks like [a-z], and \\ stands before a character',
  });
}
