// System calls on files and folders. All take a folder's descriptor and a name in it, so that a hostile tree cannot turn
// a path into another one between two calls. Descriptors that are returned belong to the caller and are close-on-exec.
import { AT_EMPTY_PATH, O_CLOEXEC } from './constants.ts';
import type { Invoke } from './invoke.ts';
import { structure } from './memory.ts';

export function fileCalls(invoke: Invoke) {
  return {
    /** openat(2). `mode` counts only with O_CREAT. */
    openat: (folder: number, path: string, flags: number, mode = 0): number =>
      invoke('openat', folder, path, flags | O_CLOEXEC, mode),

    /** openat2(2). `resolve` are RESOLVE_ flags; a path resolved in a root may fail with EAGAIN beside a rename and is tried again. */
    openat2(folder: number, path: string, flags: number, resolve: number, mode = 0): number {
      const how = structure([8, BigInt(flags | O_CLOEXEC)], [8, mode], [8, resolve]);
      for (let tries = 0; ; tries++) {
        try {
          return invoke('openat2', folder, path, how, how.byteLength);
        } catch (error) {
          if ((error as { errno?: number }).errno !== 11 || tries === 100) throw error;
        }
      }
    },

    /** close(2). */
    close(descriptor: number): void {
      invoke('close', descriptor);
    },

    /** read(2): fills `memory`; returns how many bytes came, 0 at the end. */
    read: (descriptor: number, memory: Uint8Array): number => invoke('read', descriptor, memory, memory.byteLength),

    /** write(2): returns how many bytes of `memory` were taken. */
    write: (descriptor: number, memory: Uint8Array): number => invoke('write', descriptor, memory, memory.byteLength),

    /** lseek(2), from the present place: returns the new one, in bytes from the beginning. */
    skip: (descriptor: number, length: number): number => invoke('lseek', descriptor, length, 1 /* SEEK_CUR */),

    /** mkdirat(2). The umask applies. */
    mkdirat(folder: number, name: string, mode: number): void {
      invoke('mkdirat', folder, name, mode);
    },

    /** mknodat(2). `mode` holds the S_IF type and the permissions. */
    mknodat(folder: number, name: string, mode: number, major = 0, minor = 0): void {
      invoke('mknodat', folder, name, mode, deviceNumber(major, minor));
    },

    /** unlinkat(2); with AT_REMOVEDIR in `flags` it is rmdir. */
    unlinkat(folder: number, name: string, flags = 0): void {
      invoke('unlinkat', folder, name, flags);
    },

    /** renameat2(2). */
    renameat2(fromFolder: number, from: string, toFolder: number, to: string, flags = 0): void {
      invoke('renameat2', fromFolder, from, toFolder, to, flags);
    },

    /** linkat(2): never follows a link at `from` unless AT_SYMLINK_FOLLOW is in `flags`. */
    linkat(fromFolder: number, from: string, toFolder: number, to: string, flags = 0): void {
      invoke('linkat', fromFolder, from, toFolder, to, flags);
    },

    /** symlinkat(2). */
    symlinkat(target: string, folder: number, name: string): void {
      invoke('symlinkat', target, folder, name);
    },

    /** fchownat(2), of the descriptor itself where `name` is empty. */
    fchownat(folder: number, name: string, uid: number, gid: number, flags: number): void {
      invoke('fchownat', folder, name, uid, gid, name === '' ? flags | AT_EMPTY_PATH : flags);
    },

    /** fchmodat(2): follows a link at `name`, so never call it on one. */
    fchmodat(folder: number, name: string, mode: number): void {
      invoke('fchmodat', folder, name, mode);
    },

    /** utimensat(2), both times as whole nanoseconds since the epoch. */
    utimensat(folder: number, name: string, accessed: bigint, modified: bigint, flags: number): void {
      const time = (at: bigint): [[8, bigint], [8, bigint]] => {
        const nanoseconds = ((at % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
        return [
          [8, (at - nanoseconds) / 1_000_000_000n],
          [8, nanoseconds],
        ];
      };
      invoke('utimensat', folder, name, structure(...time(accessed), ...time(modified)), flags);
    },

    /** fsetxattr(2). */
    fsetxattr(descriptor: number, name: string, value: Uint8Array): void {
      invoke('fsetxattr', descriptor, name, value, value.byteLength, 0);
    },

    /** lsetxattr(2): sets the attribute of a link itself. */
    lsetxattr(path: string, name: string, value: Uint8Array): void {
      invoke('lsetxattr', path, name, value, value.byteLength, 0);
    },

    /** lgetxattr(2): the whole value. */
    lgetxattr(path: string, name: string): Uint8Array {
      const value = new Uint8Array(65536);
      return value.subarray(0, invoke('lgetxattr', path, name, value, value.byteLength));
    },

    /** flock(2). Throws EAGAIN where LOCK_NB is given and another holds it. */
    flock(descriptor: number, operation: number): void {
      invoke('flock', descriptor, operation);
    },

    /** fcntl(2), the commands that take and give a number. */
    fcntl: (descriptor: number, command: number, argument = 0): number =>
      invoke('fcntl', descriptor, command, argument),

    /** memfd_create(2). */
    memfdCreate: (name: string, flags: number): number => invoke('memfd_create', name, flags),

    /** sync_file_range(2) with SYNC_FILE_RANGE_WRITE: begins to write that part to the disk, and does not wait for it. */
    beginWriteback(descriptor: number, offset: number, length: number): void {
      invoke('sync_file_range', descriptor, offset, length, 2);
    },

    /** syncfs(2): everything written to the file system of `descriptor` is on its disk. */
    syncfs(descriptor: number): void {
      invoke('syncfs', descriptor);
    },

    /** statx(2) of what `descriptor` holds, a place (O_PATH) included: its type and permissions. */
    fileMode(descriptor: number): number {
      const facts = new Uint8Array(256);
      invoke('statx', descriptor, '', AT_EMPTY_PATH, 3 /* STATX_TYPE | STATX_MODE */, facts);
      return new DataView(facts.buffer).getUint16(28, true);
    },

    /** ioctl(2) with a structure or a number. */
    ioctl: (descriptor: number, request: number, argument: Uint8Array | number): number =>
      invoke('ioctl', descriptor, request, argument),
  };
}

/** dev_t as the kernel takes it from user space (makedev(3)). */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}
