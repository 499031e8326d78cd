// Work that Ctrl-C ends cleanly: the signal gives the work up, which takes back what is half done, and then the command ends with
// the status a shell would give it (128 and the signal's number; POSIX, "Exit Status for Commands").
import { TsdockerError } from '../error.ts';

/** Throws `interrupted` or `terminated` after such a signal, whatever the work threw. A second one ends the process at once. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new TsdockerError('interrupted', 'interrupted'));
  const terminate = (): void => controller.abort(new TsdockerError('terminated', 'terminated'));
  process.once('SIGINT', interrupt).once('SIGTERM', terminate);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate);
  }
}
