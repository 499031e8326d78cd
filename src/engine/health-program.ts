// The program of a container's health probes: an exec program that its shim stores and runs again and again.
import { TsdockerError } from '../error.ts';
import type { Phase } from '../launch/program.ts';
import type { Healthcheck } from '../spec/run-options.ts';
import type { Spec } from '../spec/types.ts';
import { execPhases } from './exec-plan.ts';
import { type ContainerRoot, findCommand } from './look-up.ts';
import type { ContainerPlan } from './plan.ts';

/** As in Docker, a check whose command is not there fails when it is made, and not before. */
export function healthPhases(
  { record, options, cgroup, host }: ContainerPlan,
  spec: Spec,
  { test: [kind, ...words] }: Healthcheck,
  root: ContainerRoot,
): [Phase, Phase] {
  const target = {
    id: record.id,
    spec,
    hierarchy: cgroup.hierarchy,
    user: record.settings.user,
    groupAdd: options.groupAdd,
    permitted: host.permitted,
  };
  const command = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words;
  return execPhases(target, { command, env: [], interactive: false, tty: false, privileged: false }, root, { find });
}

const find: typeof findCommand = (root, command, env, cwd) => {
  try {
    return findCommand(root, command, env, cwd);
  } catch (error) {
    if (error instanceof TsdockerError) return command;
    throw error;
  }
};
