// System calls on mounts that work on descriptors (open_tree(2), fsopen(2), mount_setattr(2)), used from the host side.
import {
  AT_EMPTY_PATH,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
} from './constants.ts';
import type { Invoke } from './invoke.ts';
import { structure } from './memory.ts';

export function mountCalls(invoke: Invoke) {
  return {
    /** open_tree(2): with OPEN_TREE_CLONE a detached copy of a mount, that lives as long as the descriptor, which is the caller's. */
    openTree: (folder: number, path: string, flags: number): number => invoke('open_tree', folder, path, flags),

    /** fsopen(2): the context belongs to the caller. */
    fsopen: (type: string): number => invoke('fsopen', type, FSOPEN_CLOEXEC),

    /** fsconfig(2) with FSCONFIG_SET_STRING. */
    fsconfigString(context: number, key: string, value: string): void {
      invoke('fsconfig', context, FSCONFIG_SET_STRING, key, value, 0);
    },

    /** fsconfig(2) with FSCONFIG_CMD_CREATE, then fsmount(2): a detached mount, which is the caller's. */
    fsmount(context: number, attributes = 0): number {
      invoke('fsconfig', context, FSCONFIG_CMD_CREATE, null, null, 0);
      return invoke('fsmount', context, FSMOUNT_CLOEXEC, attributes);
    },

    /** mount_setattr(2) on a mount's own descriptor. */
    mountSetattr(mount: number, flags: number, set: number, clear = 0): void {
      const attributes = structure([8, set], [8, clear], [8, 0], [8, 0]);
      invoke('mount_setattr', mount, '', flags | AT_EMPTY_PATH, attributes, attributes.byteLength);
    },
  };
}
