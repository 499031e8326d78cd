// Values on their way out of the engine and into it.
import { ReadableStream } from 'node:stream/web';
import { TsdockerError } from '../../error.ts';
import type { Reference } from '../../image/reference.ts';

/** Maps become objects, at any depth: what JSON would say. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** Throws `usage` for a name with a digest, which cannot be given to an image. */
export function taggedReference(reference: Reference): Reference {
  if (reference.digest === undefined) return reference;
  throw new TsdockerError('usage', 'an image is given a name with a tag, and none with a digest');
}

/** Reads nothing before somebody wants it; who cancels it ends what makes it. */
export const webStream = (pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );

/** Without what is undefined. */
export function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
