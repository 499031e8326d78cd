// Where a verb writes an archive to: stdout, or a file that appears when it is whole.
import { randomBytes } from 'node:crypto';
import { lstatSync, realpathSync, write } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TsdockerError } from '../error.ts';

/**
 * Writes all of `content`. A file that was there is replaced by the whole new one, or stays; a device or a fifo is written to.
 * Throws what `content` throws, the signal's reason, and `kernel` where it cannot be written.
 * @param path Stdout unless given.
 */
export async function writeOutput(
  path: string | undefined,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (path === undefined) await toStdout(content, signal);
    else await toFile(path, content, signal);
  } catch (cause) {
    if (cause instanceof TsdockerError || !('syscall' in (cause as object))) throw cause;
    throw new TsdockerError('kernel', `cannot write ${path ?? 'to stdout'}: ${reasonOf(cause as Error)}`, { cause });
  }
}

async function toStdout(content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const piece of content) await writeAll(piece, signal);
}

/**
 * Writes all of `bytes` to stdout (1) or stderr (2), which stay open: they are not ours to end. By write(2) on a thread of its own:
 * process.stdout writes to a pipe on this one, and no signal would be heard while its reader is busy. Throws what write(2) throws,
 * and the signal's reason.
 */
export async function writeAll(bytes: Uint8Array, signal: AbortSignal, descriptor: 1 | 2 = 1): Promise<void> {
  signal.throwIfAborted();
  // Node.js makes it one that does not block (O_NONBLOCK) as soon as it is asked for: the process could not end while a thread waits.
  void (descriptor === 1 ? process.stdout : process.stderr);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    let pause = shortestPause;
    for (let at = 0; at < bytes.byteLength; ) {
      const written = await Promise.race([writeSome(bytes, at, descriptor), aborted.promise]);
      at += written;
      pause = written > 0 ? shortestPause : Math.min(2 * pause, longestPause);
      if (written === 0) await Promise.race([setTimeout(pause), aborted.promise]);
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Milliseconds. */
const [shortestPause, longestPause] = [0.5, 16];
const writeOnce = promisify(write);

/** 0 where its reader has to read first. */
async function writeSome(bytes: Uint8Array, at: number, descriptor: number): Promise<number> {
  try {
    return (await writeOnce(descriptor, bytes, at)).bytesWritten;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return 0;
  }
}

async function toFile(named: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const there = lstatSync(named, { throwIfNoEntry: false });
  // A link stays one, and what it leads to is written.
  const path = there?.isSymbolicLink() ? realpathSync(named) : named;
  const kind = there?.isSymbolicLink() ? lstatSync(path) : there;
  if (kind?.isDirectory()) throw new TsdockerError('usage', `${named} is a directory`);
  if (kind !== undefined && !kind.isFile()) return fill(path, 'w', content, signal);
  const unfinished = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}`);
  try {
    await fill(unfinished, 'wx', content, signal);
    signal.throwIfAborted();
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function fill(
  path: string,
  flags: 'w' | 'wx',
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, flags, 0o600); // an image may hold what is not everybody's, as Docker minds too
  try {
    for await (const piece of content) {
      signal.throwIfAborted();
      await file.writeFile(piece);
    }
    if (flags === 'wx') await file.sync();
  } finally {
    await file.close();
  }
}

/** Without what node:fs puts around it: `ENOENT: no such file or directory, open '/x'`. */
const reasonOf = ({ message }: Error): string => message.replace(/^[A-Z0-9]+: /, '').replace(/, [a-z]+(?: '.*)?$/s, '');
