// Runs another process in a container that runs (docker exec). Its shim is the process's parent: it goes on without us.

import { readHierarchy } from '../cgroup/hierarchy.ts';
import { type ErrorCode, TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import type { WindowSize } from '../launch/devices.ts';
import { encodePhase } from '../launch/encode.ts';
import { sendFrame, toShim, want } from '../launch/frames.ts';
import { LaunchError, readReport, report, stepOf } from '../launch/launcher.ts';
import type { Phase } from '../launch/program.ts';
import { readSpec } from '../store/bundles.ts';
import { findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { type ExecOptions, execPhases } from './exec-plan.ts';
import { readHost, requireRoot } from './host.ts';
import { openRunningRoot } from './look-up.ts';
import { needShim } from './shim.ts';
import { type FirstClient, wantsOf } from './shim-words.ts';

/**
 * Starts the process and returns a connection to the shim that is about it (launch/frames.ts), the caller's: who closes it leaves the
 * process to itself. Throws `notFound`, `conflict` where the container does not run, `commandNotFound`,
 * `commandNotExecutable`, and LaunchError.
 */
export function execInContainer(
  store: Store,
  text: string,
  options: ExecOptions,
  { client, windowSize }: { readonly client: FirstClient; readonly windowSize?: WindowSize | undefined },
): number {
  const { record, state } = findContainer(store, text);
  if (state.status === 'paused') {
    throw new TsdockerError('conflict', `the container ${record.name} is paused`, {
      hint: `let it go on first: tsdocker unpause ${record.name}`,
    });
  }
  const connection = needShim(store, record);
  using undo = new DisposableStack();
  undo.defer(() => kernel.close(connection));
  if (state.status !== 'running') {
    throw new TsdockerError('conflict', `the container ${record.name} is not running`);
  }
  const host = readHost();
  requireRoot(host);
  using root = openRunningRoot(record, state.pid);
  const phases = execPhases(
    {
      id: record.id,
      spec: readSpec(store, record),
      hierarchy: readHierarchy(),
      user: record.settings.user,
      groupAdd: record.settings.options.groupAdd,
      permitted: host.permitted,
    },
    options,
    root,
    { windowSize },
  );
  const command = options.command.join(' ');
  const execID = Buffer.from(kernel.getrandom(32)).toString('hex');
  containerEvent(store, record, `exec_create: ${command}`, { execID });
  try {
    launchExec(
      connection,
      phases,
      wantsOf(client) | (options.tty ? want.terminal : 0) | (options.interactive ? want.stdin : 0),
    );
  } catch (error) {
    throw explained(error, record.name);
  }
  containerEvent(store, record, `exec_start: ${command}`, { execID });
  undo.move();
  return connection;
}

/** Has the shim begin, sends the program, and waits until its command runs. */
function launchExec(connection: number, phases: readonly [Phase, Phase], wants: number): void {
  const [ours, theirs] = kernel.socketpair(k.SOCK_STREAM);
  try {
    try {
      sendFrame(connection, toShim.execute, [wants], theirs);
    } finally {
      kernel.close(theirs);
    }
    for (const phase of phases) kernel.send(ours, encodePhase(phase));
    for (let last = readReport(ours); last !== undefined; last = readReport(ours)) {
      if (last.kind !== report.failed) continue;
      const step = phases.flatMap(({ steps }) => steps);
      throw new LaunchError(stepOf({ steps: step }, last), -last.value);
    }
  } finally {
    kernel.close(ours);
  }
}

function explained(error: unknown, name: string): unknown {
  if (failedWith(error, 'EPIPE', 'ECONNRESET')) {
    return new TsdockerError(
      'conflict',
      `cannot run it in ${name}: the container has just ended, or runs too many of them`,
      {
        cause: error,
      },
    );
  }
  if (!(error instanceof TsdockerError)) return error;
  return new TsdockerError(codeOf(error), `cannot run it in ${name}: ${error.message}`, {
    cause: error,
    details: error.details,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

const codeOf = (error: TsdockerError): ErrorCode => {
  if (!(error instanceof LaunchError)) return error.code;
  if (error.step.call === 'chdir') return 'commandNotExecutable';
  if (error.step.call !== 'execve') return error.code;
  return error.is('ENOENT') ? 'commandNotFound' : 'commandNotExecutable';
};
