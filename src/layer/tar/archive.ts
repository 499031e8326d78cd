// Reads a whole archive from a source that is waited for.
import { createTarReader, type EntrySink } from './reader.ts';

/** Feeds the archive to `sink`. Throws `corrupt` where it is not a tar, and whatever `tar` and `sink` throw. */
export async function readArchive(tar: AsyncIterable<Uint8Array>, sink: EntrySink): Promise<void> {
  const reader = createTarReader(sink);
  for await (const piece of tar) reader.write(piece);
  reader.end();
}
