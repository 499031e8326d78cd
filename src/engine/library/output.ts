// All that a process says, collected: for those who want an answer and no stream.
import { TsdockerError } from '../../error.ts';
import type { Exit } from '../wait.ts';
import type { Process } from './process.ts';

export type Input = string | Uint8Array | AsyncIterable<Uint8Array | string>;

export interface OutputOptions {
  /** What the process reads; without it, nothing. */
  readonly input?: Input | undefined;
  /** Milliseconds after which the process is killed; the answer then says so. */
  readonly timeout?: number | undefined;
  /** Bytes of each output that are kept, 16 MiB unless told; what is beyond is thrown away, and the answer says so. */
  readonly maxOutput?: number | undefined;
  /** Kills the process; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** How a process ended and what it said. */
export class Output implements Exit {
  /** The process's own, or 128 and the number of the signal that killed it. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** It was killed because its time was over. */
  readonly timedOut: boolean;
  /** Not all of it was kept (`maxOutput`). */
  readonly truncated: boolean;
  readonly stdoutBytes: Uint8Array;
  readonly stderrBytes: Uint8Array;

  /** @internal */
  constructor(exit: Exit, timedOut: boolean, stdout: Kept, stderr: Kept) {
    this.exitCode = exit.exitCode;
    this.oomKilled = exit.oomKilled;
    this.timedOut = timedOut;
    this.truncated = stdout.truncated || stderr.truncated;
    this.stdoutBytes = stdout.bytes;
    this.stderrBytes = stderr.bytes;
  }

  /** As UTF-8. */
  get stdout(): string {
    return new TextDecoder().decode(this.stdoutBytes);
  }

  /** As UTF-8. */
  get stderr(): string {
    return new TextDecoder().decode(this.stderrBytes);
  }
}

interface Kept {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/** @param end Has the process end at once. Throws the signal's reason once it has. */
export async function collect(
  process: Process,
  { input, timeout, maxOutput = 16 * 2 ** 20, signal }: OutputOptions,
  end: () => Promise<void>,
): Promise<Output> {
  let timedOut = false;
  // Who cannot be killed has ended, or is waited for.
  const stop = (): void => void end().catch(() => {});
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, timeout);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const [exit, stdout, stderr] = await Promise.all([
      process.wait(),
      keep(process.stdout, maxOutput),
      keep(process.stderr, maxOutput),
      input === undefined ? undefined : feed(process, input),
    ]);
    signal?.throwIfAborted();
    return new Output(exit, timedOut, stdout, stderr);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function keep(stream: AsyncIterable<Uint8Array>, most: number): Promise<Kept> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (size < most) chunks.push(chunk.subarray(0, most - size));
    size += chunk.byteLength;
  }
  return { bytes: Buffer.concat(chunks), truncated: size > most };
}

/** A process that ends before it has read all is no failure: its answer is what counts. */
async function feed(process: Process, input: Input): Promise<void> {
  const writer = process.stdin.getWriter();
  const pieces = typeof input === 'string' || input instanceof Uint8Array ? [input] : input;
  for await (const piece of pieces) {
    try {
      await writer.write(piece);
    } catch (error) {
      if (error instanceof TsdockerError && error.code === 'conflict') return;
      throw error;
    }
  }
  await writer.close();
}
