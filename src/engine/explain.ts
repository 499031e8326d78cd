// What `run` would do, without doing it: both phases of the launch program. Names are looked up in a view of the image's
// layers that is mounted nowhere.
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import type { WindowSize } from '../launch/devices.ts';
import { describeProgram, explainProgram } from '../launch/explain.ts';
import { compileProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import type { ContainerRoot } from './look-up.ts';
import type { ContainerPlan } from './plan.ts';
import { compileFirstPhase, resolveProcess, withUserNamespace } from './start.ts';

/** The image's root as a detached, read-only mount; a single layer needs no overlay. */
function openImageRoot(layers: readonly string[]): ContainerRoot {
  const owned = (descriptor: number): ContainerRoot => ({
    descriptor,
    [Symbol.dispose]: () => kernel.close(descriptor),
  });
  const [only, second] = layers;
  if (only !== undefined && second === undefined)
    return owned(kernel.openat(k.AT_FDCWD, only, k.O_PATH | k.O_DIRECTORY));
  const context = kernel.fsopen('overlay');
  try {
    for (const layer of layers) kernel.fsconfigString(context, 'lowerdir+', layer);
    return owned(kernel.fsmount(context, k.MOUNT_ATTR_RDONLY));
  } finally {
    kernel.close(context);
  }
}

/** The program of the plan. A user namespace, which is made only at the start, is named in words. */
export function compilePlan(plan: ContainerPlan, windowSize?: WindowSize): [Phase, Phase] {
  const spec = plan.options.uidMap.length > 0 ? withUserNamespace(plan.spec, '/proc/<holder>/ns/user') : plan.spec;
  const first = compileFirstPhase(plan, spec, windowSize);
  using root = openImageRoot(plan.image.layers);
  return [first, compileProcess(resolveProcess(plan, root), first.steps.length)];
}

/** The program of the plan as text to read, or as data. */
export function explainPlan(form: 'text' | 'json', plan: ContainerPlan, windowSize?: WindowSize): string {
  const phases = compilePlan(plan, windowSize);
  return form === 'text' ? explainProgram(phases) : `${JSON.stringify(describeProgram(phases), null, 2)}\n`;
}
