// Where a verb reads an archive from: a file, or stdin.
import { type FileHandle, open } from 'node:fs/promises';
import { TsdockerError } from '../error.ts';

/** A regular file, or what comes through a pipe. */
export type Input = { readonly file: FileHandle } | { readonly pieces: AsyncIterable<Uint8Array> };

/** Calls `use` with what is at `path`, and closes it. Throws `notFound`, and `usage` for a terminal. @param path Stdin unless given. */
export async function withInput<T>(path: string | undefined, use: (input: Input) => Promise<T>): Promise<T> {
  if (path === undefined) {
    if (process.stdin.isTTY) {
      throw new TsdockerError('usage', 'there is no archive on stdin: it is a terminal', {
        hint: 'name a file, or redirect stdin',
      });
    }
    return use({ pieces: process.stdin });
  }
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT';
    throw new TsdockerError(missing ? 'notFound' : 'permission', `cannot read ${path}: ${reason(cause)}`, { cause });
  });
  try {
    const kind = await file.stat();
    if (kind.isDirectory()) throw new TsdockerError('usage', `${path} is a directory, not an archive`);
    return await use(kind.isFile() ? { file } : { pieces: file.createReadStream({ autoClose: false }) });
  } finally {
    await file.close();
  }
}

const reason = ({ code, message }: NodeJS.ErrnoException): string =>
  ({ ENOENT: 'there is no such file', EACCES: 'permission denied' })[code ?? ''] ?? message;
