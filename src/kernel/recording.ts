// A kernel for tests: records what was asked and answers as it is told.
import { KernelError } from './errno.ts';
import { createKernel, type Kernel } from './index.ts';
import type { Word } from './invoke.ts';

export interface Recording {
  readonly kernel: Kernel;
  /** Every call in order: its name and arguments. */
  readonly calls: readonly (readonly [name: string, ...words: Word[]])[];
}

/**
 * @param answers Results by call name, each used in turn and the last one ever after; -errno makes the call fail. A call
 * without an answer returns 0.
 */
export function recordingKernel(answers: Readonly<Record<string, readonly number[]>> = {}): Recording {
  const calls: [string, ...Word[]][] = [];
  const asked = new Map<string, number>();
  const kernel = createKernel((name, ...words) => {
    calls.push([name, ...words]);
    const list = answers[name] ?? [0];
    const turn = asked.get(name) ?? 0;
    asked.set(name, turn + 1);
    const answer = list[Math.min(turn, list.length - 1)] ?? 0;
    if (answer < 0) throw new KernelError(name, -answer, words);
    return answer;
  });
  return { kernel, calls };
}
