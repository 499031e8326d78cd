// What a thread does with one blob: reads it as it grows, checks it, and makes a layer of it, all in one pass.
import { createHash } from 'node:crypto';
import { TsdockerError } from '../../error.ts';
import { type ChainID, type Digest, digestAlgorithm, digestHex } from '../../image/digest.ts';
import { directoryDriver } from '../directory-driver.ts';
import type { LayerDriver } from '../driver.ts';
import { erofsDriver } from '../erofs-driver.ts';
import type { DriverName, LayerTask, LayerWanted } from './protocol.ts';

const drivers: Readonly<Record<DriverName, (folder: string) => LayerDriver>> = {
  erofs: erofsDriver,
  directory: directoryDriver,
};

export interface TaskInput {
  /** The blob, each time from its beginning. */
  content(): AsyncIterable<Uint8Array>;
  /** Fulfilled when the layers below are there. */
  readonly below: Promise<void>;
  /** Told when the whole blob was read and is what its digest says. */
  readonly onVerified: () => void;
}

/** Throws what `LayerDriver.add` throws, and `corrupt` for a blob with another digest. */
export async function runTask(task: LayerTask, { content, below, onVerified }: TaskInput): Promise<void> {
  const { digest, layer } = task;
  if (digest === undefined) {
    if (layer !== undefined) await makeLayer(task, layer, content(), below);
    return;
  }
  if (layer === undefined) {
    await readOut(checked(content(), digest, onVerified));
    return;
  }
  let isVerified = false;
  const verified = (): void => {
    isVerified = true;
    onVerified();
  };
  try {
    await makeLayer(task, layer, checked(content(), digest, verified), below);
  } catch (error) {
    // A damaged blob is mostly no archive either: the digest says which of the two it is.
    if (isCorrupt(error) && !isVerified) await readOut(checked(content(), digest, () => {}));
    throw error;
  }
}

async function makeLayer(
  { mediaType, size }: LayerTask,
  { driver, folder, chain, diffID, below }: LayerWanted,
  content: AsyncIterable<Uint8Array>,
  belowReady: Promise<void>,
): Promise<void> {
  const lower = belowReady.then((): readonly ChainID[] => below);
  lower.catch(() => {}); // work that fails early waits for nothing
  await drivers[driver](folder).add(chain, { mediaType, size, diffID, content }, lower);
}

const isCorrupt = (error: unknown): boolean => error instanceof TsdockerError && error.code === 'corrupt';

/** The wrong digest is thrown behind the last byte, before a layer is complete. */
async function* checked(
  content: AsyncIterable<Uint8Array>,
  digest: Digest,
  onVerified: () => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(digestAlgorithm(digest));
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
  const found = hash.digest('hex');
  if (found !== digestHex(digest)) {
    throw new TsdockerError('corrupt', `the blob ${digest} has the wrong digest ${digestAlgorithm(digest)}:${found}`, {
      hint: 'it was damaged on the way, or is not what the image names',
    });
  }
  onVerified();
}

async function readOut(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}
