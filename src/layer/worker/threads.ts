// The threads that make layers, as the main thread sees them.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { TsdockerError } from '../../error.ts';
import type { LayerTask, Order, Report, SentError } from './protocol.ts';

/** Set by the bundler: beside the bundle lies another one, of the thread. */
declare const TSDOCKER_LAYER_THREAD: string | undefined;

const threadFile =
  typeof TSDOCKER_LAYER_THREAD === 'string'
    ? join(import.meta.dirname, TSDOCKER_LAYER_THREAD)
    : join(import.meta.dirname, 'thread.ts');

/** More would wait for the same disk. */
const mostThreads = 4;

/** A blob that is being made into a layer. */
export interface LayerWork {
  /** Says that so many bytes of the file are there. */
  grown(bytes: number): void;
  /** Says that the layers below are there. */
  belowReady(): void;
  /** Rejected with the wrong digest. Fulfilled also where no digest was to be checked. */
  readonly verified: Promise<void>;
  /** Rejected with what went wrong, in either. */
  readonly done: Promise<void>;
  /** Ends it; `done` is then rejected, when nothing of it is left. */
  abandon(): void;
}

export interface LayerThreads {
  begin(task: LayerTask): LayerWork;
  /** Waits until all work has ended, and lets the threads go. Abandon first what is not to be completed. */
  close(): Promise<void>;
}

interface Waiting {
  readonly size: number;
  readonly verified: PromiseWithResolvers<void>;
  readonly done: PromiseWithResolvers<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Bytes of blobs that a thread has still to go through, or is going through. */
const burden = ({ waiting }: Thread): number => [...waiting.values()].reduce((sum, { size }) => sum + size, 0);

/** Threads are started as they are needed. @param most How many pieces of work there will be. */
export function openLayerThreads(most: number): LayerThreads {
  const threads: Thread[] = [];
  const limit = Math.max(1, Math.min(mostThreads, availableParallelism(), most));
  let next = 0;

  function leastBurdened(): Thread {
    const idle = threads.find(({ waiting }) => waiting.size === 0);
    if (idle !== undefined) return idle;
    if (threads.length < limit) {
      const made = startThread();
      threads.push(made);
      return made;
    }
    return threads.reduce((best, each) => (burden(each) < burden(best) ? each : best));
  }

  return {
    begin(task) {
      const { worker, waiting } = leastBurdened();
      const id = next++;
      const [verified, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      // Whoever uses the work may wait for one of them only.
      verified.promise.catch(() => {});
      done.promise.catch(() => {});
      waiting.set(id, { size: task.size, verified, done });
      const order = (message: Order): void => worker.postMessage(message);
      order({ kind: 'begin', id, task });
      return {
        grown: (bytes) => order({ kind: 'grown', id, bytes }),
        belowReady: () => order({ kind: 'below', id }),
        verified: verified.promise,
        done: done.promise,
        abandon: () => order({ kind: 'abandon', id }),
      };
    },
    async close() {
      const all = threads.flatMap(({ waiting }) => [...waiting.values()].map(({ done }) => done.promise));
      await Promise.allSettled(all);
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function startThread(): Thread {
  const worker = new Worker(threadFile, {
    // Descriptors come from system calls of our own, of which Node.js knows nothing, and are closed by who opened them.
    trackUnmanagedFds: false,
    // What lives long here are the entries of a layer; a third of the usual size costs no time and saves 40 MB a thread.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  });
  const waiting = new Map<number, Waiting>();
  worker.on('message', (report: Report) => {
    const work = waiting.get(report.id);
    if (work === undefined) return;
    if (report.kind === 'verified') {
      work.verified.resolve();
      return;
    }
    waiting.delete(report.id);
    if (report.kind === 'failed') {
      const error = received(report.error);
      work.verified.reject(error);
      work.done.reject(error);
    } else {
      work.verified.resolve();
      work.done.resolve();
    }
  });
  worker.on('error', (cause) => {
    const error = isOutOfMemory(cause)
      ? new TsdockerError('corrupt', 'a layer has more entries than there is memory for', { cause })
      : cause;
    for (const { verified, done } of waiting.values()) {
      verified.reject(error);
      done.reject(error);
    }
    waiting.clear();
  });
  return { worker, waiting };
}

const isOutOfMemory = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';

function received({ code, message, hint, stack }: SentError): Error {
  if (code !== undefined) return new TsdockerError(code, message, hint === undefined ? {} : { hint });
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
