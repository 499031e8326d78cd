// The end of the machine: every container ends as `stop` would end it, and nothing else is changed. What its restart policy
// promises stands, so that the next boot starts it (boot.ts). Without this, systemd's last signal would end containers, their
// shims would start them again, and the machine would wait for them to be killed.
import { TsdockerError } from '../error.ts';
import { SIGKILL, SIGTERM } from '../kernel/constants.ts';
import { signalNumber } from '../kernel/signals.ts';
import { toShim } from '../launch/frames.ts';
import { type BundleState, readBundleState } from '../store/bundles.ts';
import { type ContainerRecord, listContainers } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { converse } from './conversation.ts';
import { endProcesses } from './remove.ts';
import { connectShim, setPaused, setRestartPolicy } from './shim.ts';
import { exitOf } from './wait.ts';

/** Seconds until a container is killed, unless it says otherwise (docker stop --help). */
const usualTimeout = 10;

/** What became of a container that ran. */
export interface Ended {
  readonly record: ContainerRecord;
  /** Why it may still run. */
  readonly error?: unknown;
}

/** Ends all containers that run, at once, each with its own signal and time. Resolves when they have ended. */
export async function endAllContainers(store: Store, abort?: AbortSignal): Promise<Ended[]> {
  const running = listContainers(store).filter(({ state }) => isAlive(state.status));
  return Promise.all(
    running.map(async ({ record }) => {
      try {
        await endContainer(store, record, abort);
        return { record };
      } catch (error) {
        // It ended by itself in the meantime.
        if (error instanceof TsdockerError && error.code === 'conflict') return { record };
        return { record, error };
      }
    }),
  );
}

const isAlive = (status: BundleState['status']): boolean => ['running', 'paused', 'restarting'].includes(status);

async function endContainer(store: Store, record: ContainerRecord, abort?: AbortSignal): Promise<void> {
  const socket = connectShim(store, record.id);
  if (socket === undefined) return;
  using conversation = await converse(socket);
  const { stopSignal, options } = record.settings;
  const signal = signalNumber(stopSignal) ?? SIGTERM;
  const kill = (number: number) => conversation.send(toShim.signal, [number]);
  // Only this shim forgets the policy. The state is read after that: a container that ended before is about to be started.
  setRestartPolicy(store, record, { name: 'no', maximum: 0 });
  const state = readBundleState(store, record.id);
  if (state?.status === 'restarting') return endProcesses(record.id);
  if (state?.status === 'paused') setPaused(store, record, false);
  containerEvent(store, record, 'kill', { signal: String(signal) });
  await kill(signal);
  const seconds = options.stopTimeout ?? usualTimeout;
  const timer = seconds < 0 ? undefined : setTimeout(() => void kill(SIGKILL), seconds * 1000);
  try {
    await exitOf(conversation, abort);
  } finally {
    clearTimeout(timer);
  }
  containerEvent(store, record, 'stop');
}
