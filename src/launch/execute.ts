// The exec program: another process in a container that runs. A helper of the shim joins the container's namespaces, all but one
// by one setns(2), and clones, because only children are inside a pid namespace that was joined (pid_namespaces(7)).
import * as k from '../kernel/constants.ts';
import type { Spec } from '../spec/types.ts';
import type { WindowSize } from './devices.ts';
import { becomeNamespaceRoot, cloneIntoCgroup, namespaceFlag } from './namespaces.ts';
import { flags, named, type Phase, ProgramBuilder } from './program.ts';
import { writeOomScore } from './settings.ts';
import { takeStdio } from './stdio.ts';

/** A pidfd of the container's first process, which the helper is born with (native/session.h). */
const firstProcess = 9;

export interface ExecProgram {
  /** The container's. */
  readonly spec: Spec;
  /** The cgroup to start in, a folder on the host. */
  readonly cgroup: string;
  readonly terminal: boolean;
  readonly windowSize?: WindowSize;
}

/** The phase up to where the process gives up what it must not have (process.ts). */
export function compileExec({ spec, cgroup, terminal, windowSize }: ExecProgram): Phase {
  const program = new ProgramBuilder();
  program.group('shelter');
  // Before anything of it is seen inside: no process of the container may look into this one (CVE-2016-9962).
  program.call('hiding from other processes', 'prctl', [named('PR_SET_DUMPABLE', k.PR_SET_DUMPABLE), 0, 0, 0, 0]);
  writeOomScore(program, spec.process.oomScoreAdj);
  const types = spec.linux.namespaces.map(({ type }) => type);
  cloneIntoCgroup(program, 'cloning the process', cgroup, [], () => {
    const others = types.filter((type) => type !== 'cgroup').map(namespaceFlag);
    program.call('joining the container’s namespaces', 'setns', [firstProcess, flags(...others)]);
  });
  program.group('shelter');
  // Not before the clone: where the tree is mounted with nsdelegate, as systemd does, nobody who sees only the inside of a cgroup
  // namespace moves a process into it from outside (cgroup-v2.rst, "Delegation Containment").
  if (types.includes('cgroup')) {
    program.call('joining the container’s cgroup namespace', 'setns', [firstProcess, flags(namespaceFlag('cgroup'))]);
  }
  program.call('starting a session', 'setsid', []);
  if (spec.linux.uidMappings !== undefined) becomeNamespaceRoot(program);
  takeStdio(program, terminal, windowSize);
  return program.wait('for the user and the command');
}
