// How a container is, in the shape of Docker's API (Engine API 1.41, "ContainerState").
import { type BundleState, hasProcesses } from '../../store/bundles.ts';
import type { Health } from '../../store/health.ts';
import { never, rfc3339 } from './times.ts';

/** Docker's exit code of a container that could not be started. */
const notStarted = 128;

export function inspectState(state: BundleState, health: Health | undefined): Readonly<Record<string, unknown>> {
  const { status } = state;
  const lives = hasProcesses(state);
  const ended = status === 'exited' || status === 'restarting';
  const error = 'error' in state ? (state.error ?? '') : '';
  const shown = {
    Status: status === 'creating' ? 'created' : status,
    Running: lives || status === 'restarting',
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: ended && state.oomKilled,
    Dead: status === 'dead',
    Pid: lives ? state.pid : 0,
    ExitCode: ended ? state.exitCode : status === 'created' && error !== '' ? notStarted : 0,
    Error: error,
    StartedAt: lives || ended ? rfc3339(state.startedAt) : never,
    FinishedAt: ended ? rfc3339(state.finishedAt) : never,
    ...(health === undefined ? {} : { Health: inspectHealth(health) }),
  };
  // Not in the JSON, and yet there for templates: `{{if .State.Health}}`, as Docker's omitempty has it.
  if (health === undefined) Object.defineProperty(shown, 'Health', { value: null, enumerable: false });
  return shown;
}

const inspectHealth = ({ status, failingStreak, log }: Health) => ({
  Status: status,
  FailingStreak: failingStreak,
  Log: log.map(({ start, end, exitCode, output }) => ({
    Start: rfc3339(start),
    End: rfc3339(end),
    ExitCode: exitCode,
    Output: output,
  })),
});
