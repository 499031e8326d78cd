// The check that comes before anything is created: does this host's cgroup v2 tree have the controllers that the limits
// need? On a hybrid host it often has none, and a limit that is not enforced is worse than an error.
import { TsdockerError } from '../error.ts';
import { isUnlimited, type Limit } from './compile-resources.ts';
import type { Hierarchy } from './hierarchy.ts';

/** The controllers that the limits need, each once. `cgroup` is no controller: those files every cgroup has. */
export function neededControllers(limits: readonly Limit[]): readonly string[] {
  const needed = limits.filter((limit) => !isUnlimited(limit)).map(({ controller }) => controller);
  return [...new Set(needed)].filter((name) => name !== 'cgroup');
}

/** The error to throw where controllers are missing: one, that names every limit concerned. */
export function missingControllers(limits: readonly Limit[], hierarchy: Hierarchy): TsdockerError | undefined {
  const missing = neededControllers(limits).filter((name) => !hierarchy.controllers.has(name));
  if (missing.length === 0) return undefined;
  const refused = limits.filter((limit) => !isUnlimited(limit) && missing.includes(limit.controller));
  const names = list([...new Set(refused.map(({ name }) => name))]);
  const controllers = list(missing);
  return new TsdockerError(
    'unsupported',
    `this host cannot enforce ${names}: its cgroup v2 tree lacks the ${missing.length > 1 ? 'controllers' : 'controller'} ${controllers}`,
    { hint: hint(missing, hierarchy), details: { missing, available: [...hierarchy.controllers] } },
  );
}

function hint(missing: readonly string[], { heldByV1 }: Hierarchy): string {
  const held = missing.filter((name) => heldByV1.has(nameInV1(name)));
  if (held.length === 0) return 'the kernel was built without, or booted with cgroup_disable=';
  return (
    `cgroup v1 holds ${list(held)}: boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all; ` +
    'for development see npm run demo:vm'
  );
}

const nameInV1 = (controller: string): string => (controller === 'io' ? 'blkio' : controller);

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
