// One output of a process as a web stream. What comes before anybody reads waits here, up to a bound; it is asked for only when
// somebody wants it, so that a process whose output nobody reads is slowed down as by a full pipe.
import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web';
import { TsdockerError } from '../../error.ts';

/** Bytes that wait here. */
const most = 2 ** 20;

export class OutputStream {
  #queue: Uint8Array[] = [];
  #size = 0;
  #state: 'open' | 'ended' | 'dropped' | 'cancelled' = 'open';
  #failure: unknown;
  #waiting: (() => void) | undefined;
  #stream: ReadableStream<Uint8Array> | undefined;
  readonly #demand: () => void;

  /** @param demand Called when there is a reader and nothing for it. */
  constructor(demand: () => void) {
    this.#demand = demand;
  }

  /** Somebody waits for a chunk. */
  get isWanted(): boolean {
    return this.#waiting !== undefined;
  }

  /** Somebody is going to read it, and has much to read already. */
  get isFull(): boolean {
    return this.#stream !== undefined && this.#state === 'open' && this.#size >= most;
  }

  get stream(): ReadableStream<Uint8Array> {
    this.#stream ??= new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#pull(controller),
        cancel: () => this.#cancel(),
      },
      { highWaterMark: 0 },
    );
    return this.#stream;
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open' || chunk.byteLength === 0) return;
    if (this.#stream === undefined && this.#size >= most) {
      // Half of an output would look like the whole of it: whoever reads it later is told.
      this.#state = 'dropped';
      return;
    }
    this.#queue.push(chunk);
    this.#size += chunk.byteLength;
    this.#wake();
  }

  /** No more comes. @param failure Why, where that was not its end. */
  end(failure?: unknown): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#failure = failure;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#queue.length === 0 && this.#state === 'open') {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting = resolve;
      this.#demand();
      await promise;
    }
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#size -= chunk.byteLength;
      controller.enqueue(chunk);
      this.#demand();
    } else if (this.#state === 'dropped') {
      controller.error(
        new TsdockerError('conflict', 'nobody read this output while it came, and only its beginning was kept', {
          hint: 'begin to read before you wait for the end',
        }),
      );
    } else if (this.#failure !== undefined) controller.error(this.#failure);
    else if (this.#state === 'ended') controller.close();
  }

  #cancel(): void {
    this.#state = 'cancelled';
    this.#queue = [];
    this.#size = 0;
    this.#wake();
  }
}
