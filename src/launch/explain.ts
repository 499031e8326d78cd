// A launch program as a person would want to read it: grouped by mechanism, one line a step with the call and its
// arguments, and a word on why (`tsdocker run --explain`).
import type { Argument, Phase, Step } from './program.ts';

const callColumn = 92;

/** An argument as strace(1) would print it, results by their names. */
export function showArgument(argument: Argument): string {
  if (typeof argument === 'string') return JSON.stringify(argument);
  if (typeof argument === 'number' || typeof argument === 'bigint') return String(argument);
  return argument.kind === 'result' ? `<${argument.name}>` : argument.text;
}

function showStep(step: Step): string {
  if (step.call === 'wait') return `${String(step.number).padStart(5)}  wait — ${step.why}`;
  const call = `${step.call}(${step.args.map(showArgument).join(', ')})${step.as === undefined ? '' : ` = <${step.as}>`}`;
  const accepted = step.accepted.length === 0 ? '' : `, or ${step.accepted.join(', ')}`;
  const line = `${String(step.number).padStart(5)}  ${call}`;
  return `${line.padEnd(callColumn)}  # ${step.why}${accepted}`;
}

/** The whole program as text, a heading wherever the mechanism or the process changes. */
export function explainProgram(phases: readonly Phase[]): string {
  const lines = ['host program: in a helper of the shim, on the host’s side'];
  let group: string | undefined;
  for (const step of phases.flatMap((phase) => phase.steps)) {
    if (step.group !== group) lines.push(`  ${step.group}`);
    group = step.group;
    lines.push(showStep(step));
    if (step.branch) lines.push('', 'container program: in the clone, which is a process of the container');
  }
  return `${lines.join('\n')}\n`;
}

/** The program as data: what `--explain=json` prints. Results of earlier steps read `<name>`. */
export function describeProgram(phases: readonly Phase[]): readonly object[] {
  return phases.map((phase, index) => ({
    phase: index + 1,
    steps: phase.steps.map(({ number, group, call, args, why, accepted, branch, as }) => ({
      number,
      group,
      call,
      args: args.map(showArgument),
      why,
      accepted,
      branch,
      result: as ?? null,
    })),
  }));
}
