// What `run` would do, without doing it: both phases of the launch program. Names are looked up in a view of the image's
// layers that is mounted nowhere.
import type { WindowSize } from '../launch/devices.ts';
import { describeProgram, explainProgram } from '../launch/explain.ts';
import { compileProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import type { ContainerPlan } from './plan.ts';
import { compileFirstPhase, resolveProcess, withUserNamespace } from './start.ts';
import { openView } from './view.ts';

/** The program of the plan. A user namespace, which is made only at the start, is named in words. */
export function compilePlan(plan: ContainerPlan, windowSize?: WindowSize): [Phase, Phase] {
  const spec = plan.options.uidMap.length > 0 ? withUserNamespace(plan.spec, '/proc/<holder>/ns/user') : plan.spec;
  const first = compileFirstPhase(plan, spec, windowSize);
  using root = openView({ root: plan.store }, plan.layers);
  return [first, compileProcess(resolveProcess(plan, root), first.steps.length)];
}

/** The program of the plan as text to read, or as data. */
export function explainPlan(form: 'text' | 'json', plan: ContainerPlan, windowSize?: WindowSize): string {
  const phases = compilePlan(plan, windowSize);
  return form === 'text' ? explainProgram(phases) : `${JSON.stringify(describeProgram(phases), null, 2)}\n`;
}
