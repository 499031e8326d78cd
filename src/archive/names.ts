// The names that the images of an archive get: from hostile text to references.
import { TsdockerError } from '../error.ts';
import { quoted } from '../image/json.ts';
import { parseReference, type Reference } from '../image/reference.ts';

/** What Docker and containerd write. */
export const containerdName = 'io.containerd.image.name';
/** image-spec annotations.md. */
export const refName = 'org.opencontainers.image.ref.name';

/**
 * The name that an entry of an index.json gives its image. `ref.name` is often a tag alone, which is the name of nothing.
 * Throws `corrupt` for what is no name.
 */
export function nameOfEntry(annotations: Readonly<Record<string, string>> = {}): Reference | undefined {
  const name = annotations[containerdName];
  if (name !== undefined) return nameOf(name);
  const text = annotations[refName];
  if (text === undefined || !/[/:]/.test(text)) return undefined;
  try {
    return nameOf(text);
  } catch {
    return undefined; // the specification allows other words there
  }
}

/**
 * A name with a tag; undefined for a name with a digest, which is not an archive's to give: whoever asks for an image by its
 * digest relies on having got it from where it was published. Throws `corrupt` for what is no name.
 */
export function nameOf(text: string): Reference | undefined {
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (cause) {
    throw new TsdockerError('corrupt', `the archive gives an image a name that is none: ${quoted(text)}`, { cause });
  }
  // ATTACK: `alpine@sha256:…` on another image would be run by everyone who pins alpine.
  const { digest, ...named } = reference;
  return named.tag === undefined ? undefined : named;
}
