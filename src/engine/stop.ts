// Stopping, killing and freezing containers (docker stop, kill, pause).
import { TsdockerError } from '../error.ts';
import { SIGKILL, SIGTERM } from '../kernel/constants.ts';
import { signalNumber } from '../kernel/signals.ts';
import { toShim } from '../launch/frames.ts';
import { type ContainerRecord, findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { converse } from './conversation.ts';
import { connectShim, setPaused, signalContainer } from './shim.ts';
import { exitOf, untilSettled } from './wait.ts';

export interface StopOptions {
  /** Seconds until it is killed; -1 for any number. The container's own, or 10, unless given. */
  readonly timeout?: number;
  /** As signal(7) spells it; the container's own unless given. */
  readonly signal?: string;
  readonly abort?: AbortSignal;
}

/** An image may name what is no signal: it is then stopped as every other (docker stop --help). */
const stopNumber = (name: string): number => signalNumber(name) ?? SIGTERM;

/** What docker stop waits for, unless the container says otherwise. */
const usualTimeout = 10;

/** Resolves when it does not run any more, and nothing starts it again; one that does not run is no error. Throws `notFound`. */
export async function stopContainer(store: Store, text: string, options: StopOptions = {}): Promise<void> {
  const { record } = findContainer(store, text);
  const { settings } = record;
  const socket = connectShim(store, record.id);
  if (socket === undefined) return await untilSettled(store, record.id, options.abort);
  const signal = options.signal === undefined ? stopNumber(settings.stopSignal) : needSignal(options.signal);
  const seconds = options.timeout ?? settings.options.stopTimeout ?? usualTimeout;
  using conversation = await converse(socket);
  containerEvent(store, record, 'kill', { signal: String(signal) });
  await conversation.send(toShim.stop, [signal]);
  const timer =
    seconds < 0 ? undefined : setTimeout(() => void conversation.send(toShim.stop, [SIGKILL]), seconds * 1000);
  try {
    await exitOf(conversation, options.abort);
  } finally {
    clearTimeout(timer);
  }
  containerEvent(store, record, 'stop');
}

function needSignal(name: string): number {
  const number = signalNumber(name);
  if (number !== undefined) return number;
  throw new TsdockerError('usage', `${JSON.stringify(name)} is not a signal`, { hint: 'such as SIGTERM, HUP or 9' });
}

/**
 * Sends a signal to the first process. Like in Docker, what would stop it is not answered by starting it again, and a container
 * that is paused goes on. Throws `conflict`.
 */
export async function killContainer(store: Store, text: string, signal = 'SIGKILL'): Promise<void> {
  const { record, state } = findContainer(store, text);
  const number = needSignal(signal);
  const ends = number === SIGKILL || number === stopNumber(record.settings.stopSignal);
  if (!ends) {
    signalContainer(store, record, number);
    // A frozen process never gets it.
    if (state.status === 'paused') setPaused(store, record, false);
  } else await end(store, record, number);
  containerEvent(store, record, 'kill', { signal: String(number) });
}

async function end(store: Store, record: ContainerRecord, number: number): Promise<void> {
  const socket = connectShim(store, record.id);
  if (socket === undefined) {
    throw new TsdockerError('conflict', `cannot kill the container ${record.name}: it is not running`);
  }
  using conversation = await converse(socket);
  await conversation.send(toShim.stop, [number]);
  // SIGKILL leaves no choice: when we return it is over.
  if (number === SIGKILL) await exitOf(conversation);
}

/** Throws `conflict` where it does not run, or is paused already (or not). */
export function pauseContainer(store: Store, text: string, paused: boolean): void {
  const { record } = findContainer(store, text);
  if (!setPaused(store, record, paused)) {
    throw new TsdockerError('conflict', `the container ${record.name} is ${paused ? 'already' : 'not'} paused`);
  }
  containerEvent(store, record, paused ? 'pause' : 'unpause');
}
