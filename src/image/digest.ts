// Content digests (image-spec descriptor.md, "Digests") and the three kinds of them that must not be mixed up.
import { TsdockerError } from '../error.ts';
import { quoted } from './json.ts';

declare const kind: unique symbol;

/** The digest of a blob as it is stored and sent: `sha256:…`. */
export type Digest = string & { readonly [kind]: 'digest' };
/** The digest of a layer's tar uncompressed (image-spec config.md, "Layer DiffID"). */
export type DiffID = Digest & { readonly diff: true };
/** The digest of a layer on top of those below it (config.md, "Layer ChainID"). */
export type ChainID = Digest & { readonly chain: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const hexLength: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

const isAlgorithm = (name: string): name is DigestAlgorithm => Object.hasOwn(hexLength, name);

/** Throws `corrupt` for what is no digest, or one of an algorithm that is not registered (descriptor.md). */
export function parseDigest(text: unknown): Digest {
  if (typeof text !== 'string') throw new TsdockerError('corrupt', `${quoted(text)} is not a digest`);
  const [, algorithm = '', hex = ''] = /^([A-Za-z0-9_+.-]{1,32}):([A-Za-z0-9=_-]{1,128})$/.exec(text) ?? [];
  const shown = JSON.stringify(text.slice(0, 160));
  if (algorithm === '')
    throw new TsdockerError('corrupt', `${shown} is not a digest`, { hint: 'a digest looks like sha256:…' });
  if (!isAlgorithm(algorithm)) {
    throw new TsdockerError('corrupt', `the digest ${shown} is of the unknown algorithm ${algorithm}`, {
      hint: 'sha256 and sha512 are known',
    });
  }
  if (hex.length !== hexLength[algorithm] || !/^[a-f0-9]+$/.test(hex)) {
    throw new TsdockerError('corrupt', `the digest ${shown} does not have ${hexLength[algorithm]} hexadecimal digits`);
  }
  return text as Digest;
}

export const parseDiffID = (text: unknown): DiffID => parseDigest(text) as DiffID;

export const digestAlgorithm = (digest: Digest): DigestAlgorithm =>
  digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;

export const digestHex = (digest: Digest): string => digest.slice(digest.indexOf(':') + 1);

/**
 * The chainIDs of a stack of layers, lowest first (config.md, "Layer ChainID").
 * @param sha256 The hexadecimal sha256 of a text; passed in, as loading a hash costs what `run` does not need.
 */
export function chainIDs(diffIDs: readonly DiffID[], sha256: (text: string) => string): ChainID[] {
  const chain: ChainID[] = [];
  for (const diffID of diffIDs) {
    const below = chain.at(-1);
    chain.push((below === undefined ? diffID : `sha256:${sha256(`${below} ${diffID}`)}`) as ChainID);
  }
  return chain;
}
