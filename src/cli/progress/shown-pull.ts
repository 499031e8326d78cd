// A pull that people watch: what Docker prints around and during it. Both `pull` and `run` (lazily: most runs pull nothing) come
// here; what is printed goes to stdout of the one and to stderr of the other.
import type { WriteStream } from 'node:tty';
import { pullByName } from '../../engine/obtain.ts';
import type { PullProgress } from '../../engine/pull.ts';
import type { Digest } from '../../image/digest.ts';
import { familiarName, formatReference, parseReference, type Reference } from '../../image/reference.ts';
import { findImage, namesOfImage } from '../../store/images.ts';
import type { Store } from '../../store/store.ts';
import { untilInterrupted } from '../interruption.ts';
import { printLines } from './lines.ts';
import { drawOn, type ProgressDisplay } from './screen.ts';

/** Pulls, and tells of it on `output`. Throws what pulling throws, and `interrupted`. */
export const pullShown =
  (output: WriteStream): typeof pullByName =>
  async (store, name, options) => {
    const reference = parseReference(name);
    const before = findImage(store, formatReference(reference))?.configDigest;
    const heading = headingOnce(reference, output);
    {
      using display = displayOn(output);
      const onProgress = (event: PullProgress): void => {
        heading();
        display.show(event);
      };
      await untilInterrupted((signal) => pullByName(store, name, { ...options, onProgress, signal }));
    }
    heading();
    output.write(closing(store, reference, before));
  };

/** Docker's `latest: Pulling from library/alpine`, as soon as the registry has said that there is such an image. */
function headingOnce(reference: Reference, output: NodeJS.WritableStream): () => void {
  let isWritten = false;
  return () => {
    if (!isWritten) output.write(`${reference.digest ?? reference.tag}: Pulling from ${reference.path}\n`);
    isWritten = true;
  };
}

function displayOn(output: WriteStream): ProgressDisplay {
  // A terminal that cannot move its cursor says so.
  return output.isTTY && process.env.TERM !== 'dumb' ? drawOn(output) : printLines(output);
}

/** @param before The id of the image that had the name. */
function closing(store: Store, reference: Reference, before: Digest | undefined): string {
  const image = findImage(store, formatReference(reference));
  if (image === undefined) return '';
  const repository = `${reference.domain}/${reference.path}@`;
  const known = namesOfImage(store, image.manifestDigest).find((name) => name.startsWith(repository));
  const digest = reference.digest ?? known?.slice(repository.length) ?? image.manifestDigest;
  const status = image.configDigest === before ? 'Image is up to date' : 'Downloaded newer image';
  return `Digest: ${digest}\nStatus: ${status} for ${familiarName(reference)}\n`;
}
