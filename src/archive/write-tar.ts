// The tar of an archive, as it is read: owned by root, of the time 0, so that the same members are the same bytes (POSIX.1-2017 pax,
// "ustar Interchange Format").
import { once } from 'node:events';
import { pack } from 'tar-stream';

export interface TarMember {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Opened when its turn comes. */
  content(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Throws what the content of a member throws, and for one that has another size than it says. */
export async function* writeTar(members: readonly TarMember[]): AsyncGenerator<Uint8Array> {
  const tar = pack();
  tar.on('error', ignored);
  fill(tar, members).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  );
  try {
    yield* tar as unknown as AsyncIterable<Uint8Array>;
  } finally {
    tar.destroy();
  }
}

/** Whoever reads the tar sees the error; where nobody reads any more, nobody needs to. */
const ignored = (): void => {};

const header = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) } as const;

async function fill(tar: ReturnType<typeof pack>, members: readonly TarMember[]): Promise<void> {
  for (const { name, size, content } of members) {
    const done = Promise.withResolvers<void>();
    const entry = tar.entry({ ...header, name, size }, (error) => (error ? done.reject(error) : done.resolve()));
    done.promise.catch(ignored);
    entry.on('error', ignored);
    for await (const piece of content()) {
      if (!entry.write(piece)) await Promise.race([once(entry, 'drain'), done.promise]);
    }
    entry.end(undefined);
    await done.promise;
  }
}
