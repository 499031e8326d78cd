// The STATUS of a container, in Docker's words.
import type { BundleState } from '../store/bundles.ts';
import type { HealthStatus } from '../store/health.ts';
import { inWords } from './ago.ts';

/** The word of `--filter status=`, of `ps --format '{{.State}}'`, and of inspect's State.Status. */
export const stateWord = ({ status }: BundleState): string => (status === 'creating' ? 'created' : status);

/** @param now Milliseconds since the epoch. */
export function statusWords(state: BundleState, health: HealthStatus | undefined, now: number): string {
  switch (state.status) {
    case 'running':
      return `Up ${inWords(now - state.startedAt)}${health === undefined ? '' : ` (${healthWords(health)})`}`;
    case 'paused':
      return `Up ${inWords(now - state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${inWords(now - state.finishedAt)} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${inWords(now - state.finishedAt)} ago`;
    case 'dead':
      return 'Dead';
    default:
      return 'Created';
  }
}

const healthWords = (health: HealthStatus): string => (health === 'starting' ? 'health: starting' : health);
