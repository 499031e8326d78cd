// A process in a container with its input and outputs: the library's end of a connection to a shim (launch/frames.ts). Frames are
// read when somebody waits for something of them, and only then does the connection keep the program alive.
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { TsdockerError } from '../../error.ts';
import { readInt32, structure } from '../../kernel/memory.ts';
import { signalNumber } from '../../kernel/signals.ts';
import type { WindowSize } from '../../launch/devices.ts';
import { type Frame, fromShim, toShim } from '../../launch/frames.ts';
import { type Conversation, converse } from '../conversation.ts';
import type { Exit } from '../wait.ts';
import { inputStream } from './input-stream.ts';
import { OutputStream } from './output-stream.ts';

/** How a connection was opened. */
export interface ProcessOptions {
  readonly takesInput: boolean;
  /** What ended where the connection does without a last word: resolves to what is known. */
  readonly lostExit: () => Promise<Exit>;
}

/**
 * A process that runs in a container, and this program's connection to it. Outputs that are not read slow the process down, as a
 * full pipe does. Whoever disposes of it, or forgets it, leaves the process to itself.
 */
export class Process implements AsyncDisposable {
  readonly #conversation: Conversation;
  readonly #frames: AsyncIterator<Frame>;
  readonly #options: ProcessOptions;
  readonly #stdout: OutputStream = new OutputStream(() => void this.#pump());
  readonly #stderr: OutputStream = new OutputStream(() => void this.#pump());
  readonly #input: WritableStream<Uint8Array | string>;
  readonly #end = Promise.withResolvers<Exit>();
  #waiters = 0;
  #credits = 1;
  #wantsCredit: (() => void) | undefined;
  #isPumping = false;
  #isOver = false;
  #missed = 0;

  private constructor(conversation: Conversation, options: ProcessOptions) {
    this.#conversation = conversation;
    this.#options = options;
    this.#frames = conversation.frames[Symbol.asyncIterator]();
    this.#end.promise.catch(() => {}); // told to whoever waits
    this.#input = inputStream(options.takesInput, (bytes) => this.#sendInput(bytes));
    conversation.hold(false);
  }

  /** @internal @param connection To a shim, attached; it belongs to the process from here on. */
  static async over(connection: number, options: ProcessOptions): Promise<Process> {
    return new Process(await converse(connection), options);
  }

  /**
   * The process's input: bytes, or text, which is sent as UTF-8. Closing it is the end of the input. A write waits until the process's
   * side has taken it, and fails with `conflict` where the process has ended, or takes no input (`interactive`).
   */
  get stdin(): WritableStream<Uint8Array | string> {
    return this.#input;
  }

  /** What the process writes, without any framing. With a terminal (`tty`), all of it. It ends when the process does. */
  get stdout(): ReadableStream<Uint8Array> {
    return this.#stdout.stream;
  }

  /** The same of its other output; with a terminal, empty. */
  get stderr(): ReadableStream<Uint8Array> {
    return this.#stderr.stream;
  }

  /** Bytes of output that went by because they were not read in time; only after `attach`, never after `spawn` and `exec`. */
  get missed(): number {
    return this.#missed;
  }

  /**
   * Resolves with how the process ended. Outputs that somebody has asked for must be read meanwhile; of others the first megabyte waits.
   * Throws the signal's reason, which leaves the process alone, and `conflict` after the process was disposed of.
   */
  async wait({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Exit> {
    signal?.throwIfAborted();
    this.#waiters++;
    void this.#pump();
    const aborted = Promise.withResolvers<never>();
    const give = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', give, { once: true });
    try {
      return await Promise.race([this.#end.promise, aborted.promise]);
    } finally {
      signal?.removeEventListener('abort', give);
      this.#waiters--;
    }
  }

  /** Sends a signal, such as `SIGTERM`; one that has ended is left alone. Throws `usage` for what is no signal. */
  async kill(signal = 'SIGKILL'): Promise<void> {
    const number = signalNumber(signal);
    if (number === undefined) throw new TsdockerError('usage', `${JSON.stringify(signal)} is not a signal`);
    await this.#conversation.send(toShim.signal, [number]);
  }

  /** Of its terminal, in characters. */
  async resize({ height, width }: WindowSize): Promise<void> {
    await this.#conversation.send(toShim.resize, structure([2, height], [2, width]));
  }

  /** Closes the connection. The process goes on; what it writes goes to the container's log, or, after `exec`, nowhere. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish(new TsdockerError('conflict', 'the connection to the process was closed'));
  }

  async #sendInput(bytes: Uint8Array): Promise<void> {
    while (this.#credits === 0 && !this.#isOver) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wantsCredit = resolve;
      void this.#pump();
      await promise;
    }
    if (this.#isOver) throw new TsdockerError('conflict', 'the process has ended, and takes no input');
    this.#credits--;
    await this.#conversation.send(toShim.input, bytes);
  }

  /** Whether a frame is waited for, and there is room for what it may hold. */
  #isWanted(): boolean {
    if (this.#isOver) return false;
    if (this.#stdout.isWanted || this.#stderr.isWanted) return true;
    const somebodyWaits = this.#waiters > 0 || this.#wantsCredit !== undefined;
    return somebodyWaits && !this.#stdout.isFull && !this.#stderr.isFull;
  }

  async #pump(): Promise<void> {
    if (this.#isPumping || !this.#isWanted()) return;
    this.#isPumping = true;
    this.#conversation.hold(true);
    try {
      while (this.#isWanted()) {
        const next = await this.#frames.next();
        if (next.done === true) {
          if (!this.#isOver) this.#lost();
          return;
        }
        this.#take(next.value);
      }
    } catch (error) {
      this.#finish(error);
    } finally {
      this.#isPumping = false;
      this.#conversation.hold(false);
    }
  }

  #take({ kind, bytes }: Frame): void {
    if (kind === fromShim.stdout) this.#stdout.push(bytes);
    else if (kind === fromShim.stderr) this.#stderr.push(bytes);
    else if (kind === fromShim.credit) this.#gotCredit();
    else if (kind === fromShim.missed) this.#missed += Number(Buffer.from(bytes).readBigUInt64LE());
    else if (kind === fromShim.exited) {
      this.#finish(undefined, { exitCode: readInt32(bytes, 0), oomKilled: readInt32(bytes, 4) !== 0 });
    }
  }

  #gotCredit(): void {
    this.#credits++;
    const waiting = this.#wantsCredit;
    this.#wantsCredit = undefined;
    waiting?.();
  }

  /** The shim was killed, or dropped us. */
  #lost(): void {
    this.#options.lostExit().then(
      (exit) => this.#finish(undefined, exit),
      (error) => this.#finish(error),
    );
  }

  #finish(failure: unknown, exit?: Exit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#conversation[Symbol.dispose]();
    this.#stdout.end(failure);
    this.#stderr.end(failure);
    this.#gotCredit();
    if (exit === undefined) this.#end.reject(failure);
    else this.#end.resolve(exit);
  }
}
