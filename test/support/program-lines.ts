// Steps of a launch program as lines that a test can name: the call with its arguments, its result's name, accepted errors.
import { showArgument } from '../../src/launch/explain.ts';
import { ProgramBuilder, type Step } from '../../src/launch/program.ts';

export function programSteps(build: (program: ProgramBuilder) => unknown): readonly Step[] {
  const program = new ProgramBuilder();
  build(program);
  return program.end().steps;
}

export function programLines(build: (program: ProgramBuilder) => unknown): string[] {
  return programSteps(build).map(({ call, args, as, accepted }) => {
    const result = as === undefined ? '' : ` = <${as}>`;
    const errors = accepted.length === 0 ? '' : ` or ${accepted.join(' ')}`;
    return `${call}(${args.map(showArgument).join(', ')})${result}${errors}`;
  });
}
