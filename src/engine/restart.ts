// Stops a container and starts it again (docker restart).
import { kernel } from '../kernel/index.ts';
import { findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { startContainer } from './start.ts';
import { type StopOptions, stopContainer } from './stop.ts';

/** Stops it where it runs, and starts it. Throws what both throw. */
export async function restartContainer(store: Store, text: string, options: StopOptions = {}): Promise<void> {
  await stopContainer(store, text, options);
  const { record } = findContainer(store, text);
  const started = startContainer(store, record, { client: { streams: [], whole: false } });
  if (started !== undefined) kernel.close(started.control);
  containerEvent(store, record, 'restart');
}
