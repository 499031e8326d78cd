// Reads the tar of a layer, entry by entry, through tar-stream (POSIX.1-2017 pax, "ustar Interchange Format"; GNU's long names).
import { extract, type Header } from 'tar-stream';
import { TsdockerError } from '../error.ts';
import { type Entry, parseEntry } from './entry.ts';
import { parsePax } from './pax.ts';

/** Takes what an archive holds, in order. What it throws ends the reading. */
export interface EntrySink {
  begin(entry: Entry): void;
  /** A piece of the content of the file that was begun last. */
  write(content: Uint8Array): void;
  /** The entry that was begun last is complete. */
  end(): void;
}

/**
 * Feeds the archive to `sink`. Throws `corrupt` where it is not a tar, ends early, or goes on behind its end, and whatever
 * `tar` and `sink` throw.
 */
export async function readArchive(tar: AsyncIterable<Uint8Array>, sink: EntrySink): Promise<void> {
  const { reader, recordsOf } = createReader();
  let failure: unknown;
  const closed = new Promise<void>((resolve) => {
    reader.on('error', (error: unknown) => {
      failure ??= error;
    });
    reader.on('close', resolve);
  });
  reader.on('entry', (header, content, next) => {
    const fail = (error: unknown): void => {
      failure ??= error;
      reader.destroy();
    };
    const attempt = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        fail(error);
      }
    };
    content.on('error', () => {}); // comes with the reader's own
    content.on('data', (piece: unknown) => attempt(() => sink.write(piece as Uint8Array)));
    content.on('end', () =>
      attempt(() => {
        sink.end();
        next();
      }),
    );
    attempt(() => sink.begin(parseEntry(header, recordsOf(header))));
  });
  try {
    for await (const piece of tar) {
      if (reader.destroying) break;
      if (!reader.write(piece)) await drained(reader);
    }
    reader.end(undefined);
  } catch (error) {
    failure ??= error;
    reader.destroy();
  }
  await closed;
  if (failure instanceof Error && !(failure instanceof TsdockerError) && isReaderComplaint(failure)) {
    throw new TsdockerError('corrupt', `a layer is not a whole tar: ${failure.message}`, { cause: failure });
  }
  if (failure !== undefined) throw failure;
}

type Reader = ReturnType<typeof extract>;

/** The messages of tar-stream, which has no codes. */
const isReaderComplaint = (error: Error): boolean =>
  /^(Invalid tar header|Invalid header|Unexpected end of data|Header exceeds max size)/.test(error.message);

function drained(reader: Reader): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      reader.off('drain', go);
      reader.off('close', go);
      resolve();
    };
    reader.on('drain', go);
    reader.on('close', go);
  });
}

/** What we need of tar-stream 3.2 beyond its interface; the unit test holds it. */
interface Internals {
  _header: { readonly type: string };
  _pax: Record<string, string> | null;
  _decodeLongHeader(bytes: Uint8Array): void;
}

/**
 * A reader for names and attributes that are bytes. tar-stream decodes pax records as UTF-8, which spoils a capability of
 * a file (security.capability), and applies global ones, which Go's reader, and so every other engine, does not.
 */
function createReader() {
  const reader = extract({ filenameEncoding: 'latin1' } as object);
  const internals = reader as unknown as Internals;
  const decode = internals._decodeLongHeader;
  let records = new Map<string, string>();
  let extra = 0;
  let expected = 0;
  internals._decodeLongHeader = (bytes) => {
    const { type } = internals._header;
    extra += 512 + padded(bytes.byteLength);
    if (type === 'pax-header') {
      records = parsePax(bytes);
      internals._pax = Object.assign(Object.create(null), Object.fromEntries(records)) as Record<string, string>;
    } else if (type !== 'pax-global-header') decode.call(reader, bytes);
  };
  return {
    reader,
    recordsOf(header: Header & { readonly byteOffset?: number }): ReadonlyMap<string, string> {
      const mine = records;
      const start = header.byteOffset ?? 0;
      refuseAfterEnd(start - 512 - extra - expected);
      expected = start + (header.type === 'directory' ? 0 : padded(header.size));
      records = new Map();
      extra = 0;
      return mine;
    },
  };
}

const padded = (size: number): number => Math.ceil(size / 512) * 512;

/**
 * ATTACK: two blocks of zeros end an archive (POSIX, "ustar Interchange Format"), and most readers stop there. tar-stream
 * reads on: what stands behind would be in our container and in no scanner's list.
 * @param gap Bytes between an entry and the one before it.
 */
export function refuseAfterEnd(gap: number): void {
  if (gap !== 0) throw new TsdockerError('corrupt', 'a layer’s tar has entries behind its end');
}
