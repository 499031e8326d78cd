// Names for containers that were given none: an adjective and a person, as Docker makes them, from lists of our own.
import { TsdockerError } from '../error.ts';
import { kernel } from '../kernel/index.ts';
import { adjectives, persons } from './name-words.ts';

/** With this many pairs taken in a row, names are running out, and digits make more. */
const plainTries = 6;
const mostTries = 200;

/**
 * A name that is free when it is returned: whoever takes it must be ready to find it taken. After some tries it has a digit at
 * its end, and later more of them. Throws `conflict` where nothing was free for long.
 */
export function generateName(isTaken: (name: string) => boolean): string {
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const digits = attempt < plainTries ? 0 : Math.min(1 + Math.floor((attempt - plainTries) / 20), 9);
    const name = `${oneOf(adjectives)}_${oneOf(persons)}${digits === 0 ? '' : randomBelow(10 ** digits)}`;
    if (!isTaken(name)) return name;
  }
  throw new TsdockerError('conflict', 'no name is free for the container', { hint: 'give it one with --name' });
}

const oneOf = (words: readonly string[]): string => words[randomBelow(words.length)]!;

/** The bias of the remainder, at most one in four, matters to nobody here: names are no secrets. */
const randomBelow = (bound: number): number => new DataView(kernel.getrandom(4).buffer).getUint32(0) % bound;
