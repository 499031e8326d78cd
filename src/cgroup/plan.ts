// What a container's cgroup is to be on this host: every decision and every check, before anything is made. cgroup.ts
// carries it out.
import type { DeviceRule, Resources } from '../spec/types.ts';
import { compileResources, type Limit } from './compile-resources.ts';
import { compileDevices } from './devices.ts';
import { type Hierarchy, readHierarchy } from './hierarchy.ts';
import { missingControllers } from './missing-controllers.ts';

export interface CgroupPlan {
  readonly hierarchy: Hierarchy;
  readonly limits: readonly Limit[];
  /** eBPF instructions; undefined where every device is allowed. */
  readonly devices: Uint8Array | undefined;
}

/**
 * Throws `unsupported` where the host has no cgroup v2 tree or the tree lacks a controller, `usage` where the resources
 * contradict themselves.
 */
export function planCgroup(resources: Resources, hierarchy: Hierarchy = readHierarchy()): CgroupPlan {
  const limits = compileResources(resources);
  const missing = missingControllers(limits, hierarchy);
  if (missing !== undefined) throw missing;
  const rules = resources.devices ?? [];
  return { hierarchy, limits, devices: restrict(rules) ? compileDevices(rules) : undefined };
}

/** A program that allows everything would only need privileges to attach: a privileged container gets none. */
function restrict(rules: readonly DeviceRule[]): boolean {
  const last = rules.at(-1);
  if (last === undefined) return false;
  const { allow, type = 'a', major = -1, minor = -1, access = 'rwm' } = last;
  const fitsAll = type === 'a' && major === -1 && minor === -1 && [...'rwm'].every((letter) => access.includes(letter));
  return !(allow && fitsAll);
}
