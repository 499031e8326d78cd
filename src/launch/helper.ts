// Runs a launch program that makes no container, in a process of its own: what needs a process of one thread, or namespaces that
// this one is not in (native/steps.c).
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { nativeFolder } from '../kernel/native.ts';
import { spawn } from '../kernel/spawn.ts';
import { LaunchError, readReport, report, send, stepOf } from './launcher.ts';
import type { Phase } from './program.ts';

/** A process that has run its program and waits. It ends when it is disposed of, and with it what only it held. */
export interface Helper extends Disposable {
  readonly pid: number;
}

export interface HelperOptions {
  /** What the process finds as descriptors 1, 2, …; they stay the caller's. */
  readonly descriptors?: readonly number[];
  /** CLONE_NEW… flags: namespaces of its own. */
  readonly namespaces?: number;
}

/** @param phase Ends with a wait. Throws LaunchError where a step fails; the process is then gone. */
export function startHelper(phase: Phase, { descriptors = [], namespaces = 0 }: HelperOptions): Helper {
  const [ours, theirs] = kernel.socketpair(k.SOCK_STREAM);
  let pid: number;
  try {
    pid = startSteps([theirs, ...descriptors], namespaces);
  } catch (error) {
    kernel.close(ours);
    throw error;
  } finally {
    kernel.close(theirs);
  }
  const end = (): void => {
    kernel.close(ours);
    kernel.wait4(pid);
  };
  try {
    send(ours, phase);
    const got = readReport(ours);
    if (got === undefined) throw new TsdockerError('kernel', 'a helper process was killed');
    if (got.kind === report.failed) throw new LaunchError(stepOf(phase, got), -got.value);
  } catch (error) {
    end();
    throw error;
  }
  return { pid, [Symbol.dispose]: end };
}

function startSteps(descriptors: readonly number[], namespaces: number): number {
  const executable = kernel.openat(k.AT_FDCWD, join(nativeFolder, 'tsdocker-steps'), k.O_PATH);
  try {
    return spawn({ executable, argv: ['tsdocker-steps'], descriptors, namespaces });
  } finally {
    kernel.close(executable);
  }
}
