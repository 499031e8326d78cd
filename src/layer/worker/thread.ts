// A thread that makes layers of blobs: hashing, decompressing and writing happen here, so that the main thread is free to
// receive. It takes several at a time; one that waits for the layers below keeps only its metadata in memory.
import { parentPort } from 'node:worker_threads';
import { TsdockerError } from '../../error.ts';
import { type GrowingFile, openGrowingFile } from './growing-file.ts';
import type { LayerTask, Order, Report, SentError } from './protocol.ts';
import { runTask } from './run-task.ts';

interface Running {
  readonly file: GrowingFile;
  readonly below: PromiseWithResolvers<void>;
}

const running = new Map<number, Running>();
const tell = (report: Report): void => parentPort!.postMessage(report);

async function begin(id: number, task: LayerTask): Promise<void> {
  const file = openGrowingFile(task.path, task.size);
  const below = Promise.withResolvers<void>();
  running.set(id, { file, below });
  try {
    await runTask(task, {
      content: () => file.content(),
      below: below.promise,
      onVerified: () => tell({ kind: 'verified', id }),
    });
    tell({ kind: 'done', id });
  } catch (error) {
    tell({ kind: 'failed', id, error: sendable(error) });
  } finally {
    running.delete(id);
  }
}

function sendable(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof TsdockerError)) return { message, ...(stack !== undefined && { stack }) };
  return { code: error.code, message, ...(error.hint !== undefined && { hint: error.hint }) };
}

const abandoned = new TsdockerError('internal', 'the pull was given up');

parentPort!.on('message', (order: Order) => {
  const task = running.get(order.id);
  if (order.kind === 'begin') begin(order.id, order.task);
  else if (order.kind === 'grown') task?.file.grow(order.bytes);
  else if (order.kind === 'below') task?.below.resolve();
  else {
    task?.file.abandon(abandoned);
    task?.below.reject(abandoned);
  }
});
