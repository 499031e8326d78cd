// A name that an image is to get: with a tag or without, and never with a digest.
import { TsdockerError } from '../error.ts';
import { parseReference, type Reference } from '../image/reference.ts';

/** Throws `usage`. */
export function taggedReference(name: string): Reference {
  const reference = parseReference(name);
  if (reference.digest === undefined) return reference;
  throw new TsdockerError('usage', `${name} has a digest, which cannot be given to an image`, {
    hint: 'a digest says what an image is; give it a tag',
  });
}
