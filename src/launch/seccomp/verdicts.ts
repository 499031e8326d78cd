// From the rules of a profile to what becomes of each call: an action, or alternatives that look at the arguments. Rules
// meet as they do in libseccomp: one without conditions outdoes all that have some, and of several such the first wins.
import { TsdockerError } from '../../error.ts';
import type { Seccomp, SeccompRule } from '../../spec/types.ts';
import { encodeAction } from './actions.ts';
import { type Condition, isAlwaysTrue, parseCondition } from './conditions.ts';

/** All conditions together lead to the action. */
export interface Alternative {
  readonly action: number;
  readonly conditions: readonly Condition[];
}

/** The return word, or alternatives tried in order, with the default action after the last. */
export type Verdict = number | readonly Alternative[];

/** The rules of a profile, gathered under the names they are for. */
export class Rules {
  readonly defaultAction: number;
  /** The action of the first rule without conditions, and all names that have it: in a list of what is allowed, most. */
  commonAction: number;
  readonly common: Set<string>;
  readonly #others = new Map<string, Verdict>();
  readonly #repeated = new Set<string>();

  /** Throws `usage` where a rule makes no sense. */
  constructor(profile: Seccomp) {
    this.defaultAction = encodeAction(profile.defaultAction, profile.defaultErrnoRet);
    this.commonAction = this.defaultAction;
    const rules = profile.syscalls ?? [];
    const wrong = rules.find((rule) => !Array.isArray(rule.names));
    if (wrong !== undefined) throw new TsdockerError('usage', 'a seccomp rule has no names');
    const first = rules.find((rule) => isPlain(rule) && actionOf(rule) !== this.defaultAction);
    if (first !== undefined) this.commonAction = actionOf(first);
    // Made from an array at once: adding 400 names one by one is felt at each container's start.
    this.common = new Set(first?.names);
    for (const rule of rules) if (rule !== first) this.#add(rule);
  }

  #add(rule: SeccompRule): void {
    const action = actionOf(rule);
    // As in runc a rule that repeats the default leaves room for others; but its calls count as known (ranges.ts).
    if (action === this.defaultAction) for (const name of rule.names) this.#repeated.add(name);
    else if (isPlain(rule)) for (const name of rule.names) this.#addPlain(name, action);
    else {
      const alternatives = alternativesOf(rule, action);
      for (const name of rule.names) {
        const before = this.#others.get(name) ?? [];
        if (typeof before !== 'number') this.#others.set(name, [...before, ...alternatives]);
      }
    }
  }

  #addPlain(name: string, action: number): void {
    if (this.common.has(name) || typeof this.#others.get(name) === 'number') return;
    if (action === this.commonAction) this.common.add(name);
    else this.#others.set(name, action);
  }

  /** What the profile says of a name that is not among the common ones; undefined where it does not say anything. */
  otherVerdict(name: string): Verdict | undefined {
    return this.#others.get(name) ?? (this.#repeated.has(name) ? this.defaultAction : undefined);
  }
}

const isPlain = (rule: SeccompRule) => rule.args === undefined || rule.args.length === 0;
const actionOf = (rule: SeccompRule) => encodeAction(rule.action, rule.errnoRet);

/** Conditions on one argument twice are alternatives, as runc reads them: `a` or `b`, not `a` and `b`. */
function alternativesOf(rule: SeccompRule, action: number): readonly Alternative[] {
  const conditions = (rule.args ?? []).map((arg) => parseCondition(arg, rule.names[0] ?? 'nothing'));
  const onSameArgument = conditions.some((one, at) => conditions.findIndex(({ index }) => index === one.index) < at);
  if (onSameArgument) return conditions.map((condition) => ({ action, conditions: [condition] }));
  return [{ action, conditions }];
}

/** Alternatives on an ABI whose arguments are `wide` (64 bits) or not: conditions that are always true are dropped. */
export function settle(alternatives: readonly Alternative[], wide: boolean): Verdict {
  const settled: Alternative[] = [];
  for (const { action, conditions } of alternatives) {
    const real = conditions.filter((condition) => !isAlwaysTrue(condition, wide));
    if (real.length === 0) return action;
    settled.push({ action, conditions: real });
  }
  return settled;
}
