// The events of a store that somebody asks for: since when, until when, and which (`docker events`).
import { TsdockerError } from '../error.ts';
import { readEvents, type StoreEvent } from '../store/read-events.ts';
import type { Store } from '../store/store.ts';
import { compileEventFilters } from './event-filters.ts';

export type { StoreEvent } from '../store/read-events.ts';

export interface EventsOptions {
  /** `NAME=VALUE`: type, event, container, image, network, label, scope. */
  readonly filters?: readonly string[];
  /** Milliseconds since the epoch. Without either, only what happens from now on is told. */
  readonly since?: number;
  /** Where it is not over yet, it is waited for. */
  readonly until?: number;
  readonly signal?: AbortSignal;
}

/** Without `until` it goes on until the signal is aborted, whose reason it throws. Throws `usage` at once, before anything is read. */
export function watchEvents(
  store: Pick<Store, 'root'>,
  { filters = [], since, until, signal }: EventsOptions = {},
): AsyncGenerator<StoreEvent> {
  if (since !== undefined && until !== undefined && since > until) {
    throw new TsdockerError('usage', 'events cannot be had since a time that is after the one of until');
  }
  const isMeant = compileEventFilters(filters);
  return only(readEvents(store, { since, until, follow: true, signal }), isMeant);
}

async function* only(
  events: AsyncIterable<StoreEvent>,
  isMeant: (event: StoreEvent) => boolean,
): AsyncGenerator<StoreEvent> {
  for await (const event of events) if (isMeant(event)) yield event;
}
