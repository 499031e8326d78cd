// What a process of the container has as stdin, stdout and stderr: a terminal of the container's, or pipes of the shim's.
import * as k from '../kernel/constants.ts';
import { makeTerminal, type WindowSize } from './devices.ts';
import { named, type ProgramBuilder, type Result } from './program.ts';

/** Descriptors that the shim's helper is born with (native/session.h). */
const shimSocket = 4;
const pipes = [5, 6, 7] as const;

/** Container program. @param useTerminal What else is done with a terminal. */
export function takeStdio(
  program: ProgramBuilder,
  isTerminal: boolean,
  windowSize: WindowSize | undefined,
  useTerminal: (program: ProgramBuilder, terminal: Result) => void = () => {},
): void {
  if (isTerminal) {
    const terminal = makeTerminal(program, shimSocket, windowSize);
    useTerminal(program, terminal);
    program.call('taking it as controlling terminal', 'ioctl', [terminal, named('TIOCSCTTY', k.TIOCSCTTY), 0]);
    for (const target of [0, 1, 2]) program.call(`using it as descriptor ${target}`, 'dup3', [terminal, target, 0]);
    return;
  }
  program.group('standard input and output');
  pipes.forEach((pipe, target) => {
    program.call(`using the shim’s pipe as descriptor ${target}`, 'dup3', [pipe, target, 0]);
  });
}
