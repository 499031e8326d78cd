// Where this host keeps its cgroups: the one cgroup v2 tree and the controllers it offers at its root. A pure host mounts
// the tree at /sys/fs/cgroup; a hybrid one has version 1 there and the tree beside it, often without any controller,
// because version 1 holds them. Sources: cgroups(7), proc_pid_mountinfo(5). Nothing is ever mounted here.
import { readFileSync, statfsSync } from 'node:fs';
import { TsdockerError } from '../error.ts';

export interface Hierarchy {
  /** The folder where the cgroup v2 tree is mounted. */
  readonly path: string;
  /** The controllers of the tree's root (`cgroup.controllers`). */
  readonly controllers: ReadonlySet<string>;
  /** The controllers that version 1 holds on a hybrid host. */
  readonly heldByV1: ReadonlySet<string>;
}

/** What /proc/self/mountinfo says about cgroups. `path` is undefined where no cgroup v2 tree is mounted. */
export interface CgroupMounts {
  readonly path: string | undefined;
  readonly heldByV1: ReadonlySet<string>;
}

const usualPath = '/sys/fs/cgroup';

/** Options of a version 1 mount that are no controllers (cgroup_show_options in kernel/cgroup/cgroup-v1.c). */
const isController = (option: string): boolean =>
  !/^(rw|ro|noprefix|clone_children|xattr|cpuset_v2_mode|.*=.*)$/.test(option);

/** @param mountinfo The text of /proc/self/mountinfo. */
export function parseCgroupMounts(mountinfo: string): CgroupMounts {
  // By mount point: the mount that came last hides those under it.
  const mounts = new Map<string, { type: string; options: string }>();
  for (const line of mountinfo.split('\n')) {
    const [left, right] = line.split(' - ');
    const path = left?.split(' ')[4];
    const [type, , options] = right?.split(' ') ?? [];
    if (path !== undefined && type !== undefined && options !== undefined)
      mounts.set(unescaped(path), { type, options });
  }
  const trees = [...mounts].filter(([, { type }]) => type === 'cgroup2').map(([path]) => path);
  const held = [...mounts.values()]
    .filter(({ type }) => type === 'cgroup')
    .flatMap(({ options }) => options.split(','));
  return {
    path: trees.includes(usualPath) ? usualPath : trees[0],
    heldByV1: new Set(held.filter(isController)),
  };
}

/** Mount points carry space, tab, newline and backslash as three octal digits. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The names in `cgroup.controllers` or `cgroup.subtree_control`. */
export function parseControllers(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((name) => name !== ''));
}

/** CGROUP2_SUPER_MAGIC of linux/magic.h. */
const cgroup2 = 0x6367_7270;

let known: { readonly path: string; readonly heldByV1: ReadonlySet<string> } | undefined;

/** Looks at this host; all mounts of it only once, as there may be many. Throws `unsupported` where no cgroup v2 tree is mounted. */
export function readHierarchy(): Hierarchy {
  if (known === undefined || !isTree(known.path)) {
    const { path, heldByV1 } = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
    if (path === undefined) {
      throw new TsdockerError('unsupported', 'no cgroup v2 file system is mounted', {
        hint: 'boot with systemd.unified_cgroup_hierarchy=1, or mount -t cgroup2 none /sys/fs/cgroup',
      });
    }
    known = { path, heldByV1 };
  }
  return { ...known, controllers: parseControllers(readFileSync(`${known.path}/cgroup.controllers`, 'utf8')) };
}

function isTree(path: string): boolean {
  try {
    return statfsSync(path).type === cgroup2;
  } catch {
    return false;
  }
}
