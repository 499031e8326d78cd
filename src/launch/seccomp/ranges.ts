// The numbers of an architecture's calls, cut into ranges that share a verdict: what the filter searches.
import { type Abi, syscallRuns, x32Bit } from '../../kernel/syscalls/index.ts';
import { errnoNoSuchCall } from './actions.ts';
import { withInnerCalls } from './multiplexed.ts';
import { type Rules, settle, type Verdict } from './verdicts.ts';

/** Ascending: the range that begins at `starts[i]` ends before `starts[i + 1]`. */
export class Ranges {
  readonly starts: number[] = [];
  readonly verdicts: Verdict[] = [];
  /** Does the range belong to an ABI with arguments of 64 bits? */
  readonly wide: boolean[] = [];

  add(start: number, verdict: Verdict, wide: boolean): void {
    if (this.verdicts[this.verdicts.length - 1] === verdict) return;
    this.starts.push(start);
    this.verdicts.push(verdict);
    this.wide.push(wide);
  }
}

/**
 * Adds one ABI: its calls, the default for those without a rule, and what follows the newest one that has a rule.
 * With `strict` that is ENOSYS, as if the kernel were older, so that a C library falls back on an older call; EPERM would
 * be taken for an answer. The rule is runc's (its package patchbpf).
 */
export function addAbi(ranges: Ranges, abi: Abi, rules: Rules, strict: boolean): void {
  const base = abi === 'x32' ? x32Bit : 0;
  const wide = abi === 'x86_64' || abi === 'aarch64';
  let next = base;
  for (const run of syscallRuns(abi)) {
    const before = base + Number(run[0]) - 1;
    // Over the common calls the built-in functions run, and the loop only from one exception to the next.
    const isCommon = run.map(Set.prototype.has, rules.common);
    for (let at = 1; at < run.length; at++) {
      const verdict = isCommon[at] ? rules.commonAction : otherVerdict(abi, run[at]!, rules, wide);
      if (verdict === undefined) continue;
      if (before + at > next) ranges.add(next, rules.defaultAction, wide);
      ranges.add(before + at, verdict, wide);
      if (isCommon[at]) {
        const end = isCommon.indexOf(false, at);
        at = (end < 0 ? run.length : end) - 1;
      }
      next = before + at + 1;
    }
  }
  ranges.add(next, strict && next > base + 1 ? errnoNoSuchCall : rules.defaultAction, wide);
}

function otherVerdict(abi: Abi, name: string, rules: Rules, wide: boolean): Verdict | undefined {
  let verdict = rules.otherVerdict(name);
  if (typeof verdict === 'number') return verdict;
  if (abi === 'i386') verdict = withInnerCalls(name, verdict, rules);
  return verdict === undefined ? undefined : settle(verdict, wide);
}
