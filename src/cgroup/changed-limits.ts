// The writes that lead from one set of limits to another. Pure: update.ts does the writing.
import type { Resources } from '../spec/types.ts';
import { compileResources, type Limit } from './compile-resources.ts';

/** What the files say of a cgroup without limits. A line end empties a list: no bytes would be no write. */
const unlimited: Readonly<Record<string, string>> = {
  'memory.low': '0',
  'cpu.weight': '100',
  'cpu.max': 'max 100000',
  'cpuset.cpus': '\n',
  'cpuset.mems': '\n',
};

/** In order; a limit that is no longer there is lifted. Throws `usage` where the resources contradict themselves. */
export function changedLimits(before: Resources, after: Resources): readonly Limit[] {
  const [old, now] = [before, after].map(compileResources) as [readonly Limit[], readonly Limit[]];
  const valueIn = (limits: readonly Limit[], file: string) => limits.findLast((limit) => limit.file === file)?.value;
  return [
    ...old
      .filter(({ file }) => valueIn(now, file) === undefined)
      .map(({ name, controller, file }): Limit => ({ name, controller, file, value: unlimited[file] ?? 'max' })),
    ...now.filter(({ file, value }) => valueIn(old, file) !== value),
  ];
}
