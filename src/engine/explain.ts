// What `run` would do, without doing it: both phases of the launch program. Names are looked up in a view of the image's
// layers that is mounted nowhere.
import type { WindowSize } from '../launch/devices.ts';
import { describeProgram, explainProgram } from '../launch/explain.ts';
import { networkNamespacePlace } from '../launch/launcher.ts';
import { compileProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import { hasNetworks } from '../spec/networks.ts';
import type { ContainerPlan } from './plan.ts';
import { compileFirstPhase, resolveProcess, withNamespaces } from './plan-program.ts';
import { openView } from './view.ts';

/** The program of the plan. Namespaces that are made only at the start are named by where they will be found. */
export function compilePlan(plan: ContainerPlan, windowSize?: WindowSize): [Phase, Phase] {
  const spec = withNamespaces(plan.spec, {
    ...(plan.options.uidMap.length > 0 ? { user: '/proc/<holder>/ns/user' } : {}),
    ...(hasNetworks(plan.options.network) ? { network: networkNamespacePlace } : {}),
  });
  const first = compileFirstPhase(plan, spec, windowSize);
  using root = openView({ root: plan.store }, plan.layers);
  return [first, compileProcess(resolveProcess(plan, root), first.steps.length)];
}

/** The program of the plan as text to read, or as data. */
export function explainPlan(form: 'text' | 'json', plan: ContainerPlan, windowSize?: WindowSize): string {
  const phases = compilePlan(plan, windowSize);
  return form === 'text' ? explainProgram(phases) : `${JSON.stringify(describeProgram(phases), null, 2)}\n`;
}
