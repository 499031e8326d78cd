// A container's cgroup: made with its limits and device rules before the container's first process is cloned into it, so
// that no instant of it runs unlimited (clone(2), CLONE_INTO_CGROUP). Taken away by remove.ts, or by the shim.
import { existsSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { describeErrno, failedWith, KernelError, kernel } from '../kernel/index.ts';
import { countUse } from './accounting.ts';
import { attachDevices } from './attach-devices.ts';
import { enableControllers, enterBase, removeUnusedBase, shimsName } from './base.ts';
import { isRelative, isUnlimited, type Limit } from './compile-resources.ts';
import { openFolder, writeFile } from './files.ts';
import { neededControllers } from './missing-controllers.ts';
import { payloadName, payloadPath, shimName, usualBase } from './place.ts';
import type { CgroupPlan } from './plan.ts';
import { isPopulated, removeCgroup } from './remove.ts';

export interface CgroupName {
  /** The container's; one folder name. */
  readonly id: string;
  /** The folder at the root of the tree in which all our cgroups lie. */
  readonly base?: string;
}

/** The descriptors belong to the caller. As long as `base` or a copy of it is open, the base folder stays. */
export interface Cgroup {
  /** Of the container's processes, on the host. */
  readonly path: string;
  /** The cgroup of the container's processes. */
  readonly payload: number;
  /** The one of its shim, beside it. */
  readonly shim: number;
  /** The folder that holds both. */
  readonly folder: number;
  /** The folder in which that lies under the container's id. */
  readonly base: number;
}

/**
 * Makes the cgroup. One of the same name that a killed shim left behind is replaced, so the caller must hold the
 * container's lock. Throws `conflict` where processes run in such a one, `kernel` where the kernel refuses a limit;
 * nothing is then left behind.
 */
export function createCgroup(plan: CgroupPlan, { id, base: name = usualBase }: CgroupName): Cgroup {
  for (const each of [id, name]) refuseUnsafeName(each);
  if (id === shimsName) throw unsafeName(id);
  const { path: rootPath } = plan.hierarchy;
  const path = `${rootPath}/${name}/${id}`;
  using root = owned(openFolder(k.AT_FDCWD, rootPath));
  using undo = new DisposableStack();
  undo.defer(() => removeUnusedBase(root.descriptor, name));
  const own = (descriptor: number): number => undo.adopt(descriptor, kernel.close);

  const base = own(enterBase(root.descriptor, name));
  makeCgroup(base, id, path);
  undo.defer(() => removeCgroup(base, id));
  const folder = own(openFolder(base, id));
  const levels = [
    { folder: root.descriptor, path: rootPath },
    { folder: base, path: `${rootPath}/${name}` },
    { folder, path },
  ];
  enableControllers(levels, neededControllers(plan.limits));
  countUse(levels, plan.hierarchy);
  kernel.mkdirat(folder, payloadName, 0o755);
  kernel.mkdirat(folder, shimName, 0o755);
  const payload = own(openFolder(folder, payloadName));
  const shim = own(openFolder(folder, shimName));
  for (const limit of plan.limits.filter(isRelative)) writeLimit(folder, limit);
  for (const limit of plan.limits) writeLimit(payload, limit);
  if (plan.devices !== undefined) attachDevices(payload, plan.devices);

  undo.move(); // all is well: the descriptors are the caller's now
  return { path: payloadPath(rootPath, id, name), payload, shim, folder, base };
}

function owned(descriptor: number): Disposable & { readonly descriptor: number } {
  return { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
}

/** Closes the descriptors: the shim, which has copies, looks after the cgroup from here on. */
export function closeCgroup({ payload, shim, folder, base }: Cgroup): void {
  for (const descriptor of [payload, shim, folder, base]) kernel.close(descriptor);
}

/** Undoes `createCgroup`: kills and removes, closes the descriptors, and takes the base away if nobody else is there. */
export function discardCgroup(plan: CgroupPlan, made: Cgroup, { id, base = usualBase }: CgroupName): void {
  using root = owned(openFolder(k.AT_FDCWD, plan.hierarchy.path));
  try {
    removeCgroup(made.base, id);
  } finally {
    closeCgroup(made);
    removeUnusedBase(root.descriptor, base);
  }
}

/** An OCI runtime takes ids from its caller: one with a slash or `..` would name a cgroup of someone else's. */
function refuseUnsafeName(name: string): void {
  if (!/^[A-Za-z0-9][\w+.-]*$/.test(name)) throw unsafeName(name);
}

const unsafeName = (name: string): TsdockerError =>
  new TsdockerError('usage', `${JSON.stringify(name)} cannot be the name of a cgroup`);

function makeCgroup(parent: number, id: string, path: string): void {
  try {
    kernel.mkdirat(parent, id, 0o755);
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error;
    using left = owned(openFolder(parent, id));
    if (isPopulated(left.descriptor)) {
      throw new TsdockerError('conflict', `the cgroup ${path} exists and processes run in it`, { cause: error });
    }
    removeCgroup(parent, id);
    kernel.mkdirat(parent, id, 0o755);
  }
}

/** Throws `unsupported` where the kernel has no such file, `kernel` where it refuses the value. */
export function writeLimit(cgroup: number, { otherwise, ...limit }: Limit): void {
  try {
    writeFile(cgroup, limit.file, limit.value);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (!failedWith(error, 'ENOENT')) throw refused(limit, error);
    if (otherwise !== undefined) writeLimit(cgroup, { ...limit, ...otherwise });
    else if (!isUnlimited(limit) && !isWithoutSwap(limit)) {
      const message = `cannot set ${limit.name}: this kernel has no ${limit.file}`;
      throw new TsdockerError('unsupported', message, { cause: error });
    }
  }
}

/** A kernel built without swap has no file to limit it, and need not. */
const isWithoutSwap = (limit: Limit): boolean => limit.file === 'memory.swap.max' && !existsSync('/proc/swaps');

function refused({ name, file, value }: Limit, cause: KernelError): TsdockerError {
  const message = `cannot set ${name}: writing ${value} to ${file} failed: ${describeErrno(cause.errno)}`;
  return new TsdockerError('kernel', message, { cause, details: { file, value, errno: cause.errno } });
}
