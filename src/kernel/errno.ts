// Error numbers by name, with the words that people know them by (errno(3); asm-generic/errno.h, the same on x86_64 and
// aarch64), and the error that a failed system call throws.
import { TsdockerError } from '../error.ts';

const table: readonly (readonly [number, string, string])[] = [
  [1, 'EPERM', 'operation not permitted'],
  [2, 'ENOENT', 'no such file or directory'],
  [3, 'ESRCH', 'no such process'],
  [4, 'EINTR', 'interrupted system call'],
  [5, 'EIO', 'input/output error'],
  [6, 'ENXIO', 'no such device or address'],
  [7, 'E2BIG', 'argument list too long'],
  [8, 'ENOEXEC', 'exec format error'],
  [9, 'EBADF', 'bad file descriptor'],
  [10, 'ECHILD', 'no child processes'],
  [11, 'EAGAIN', 'resource temporarily unavailable'],
  [12, 'ENOMEM', 'cannot allocate memory'],
  [13, 'EACCES', 'permission denied'],
  [14, 'EFAULT', 'bad address'],
  [15, 'ENOTBLK', 'block device required'],
  [16, 'EBUSY', 'device or resource busy'],
  [17, 'EEXIST', 'file exists'],
  [18, 'EXDEV', 'invalid cross-device link'],
  [19, 'ENODEV', 'no such device'],
  [20, 'ENOTDIR', 'not a directory'],
  [21, 'EISDIR', 'is a directory'],
  [22, 'EINVAL', 'invalid argument'],
  [23, 'ENFILE', 'too many open files in system'],
  [24, 'EMFILE', 'too many open files'],
  [25, 'ENOTTY', 'inappropriate ioctl for device'],
  [26, 'ETXTBSY', 'text file busy'],
  [27, 'EFBIG', 'file too large'],
  [28, 'ENOSPC', 'no space left on device'],
  [29, 'ESPIPE', 'illegal seek'],
  [30, 'EROFS', 'read-only file system'],
  [31, 'EMLINK', 'too many links'],
  [32, 'EPIPE', 'broken pipe'],
  [34, 'ERANGE', 'numerical result out of range'],
  [36, 'ENAMETOOLONG', 'file name too long'],
  [38, 'ENOSYS', 'function not implemented'],
  [39, 'ENOTEMPTY', 'directory not empty'],
  [40, 'ELOOP', 'too many levels of symbolic links'],
  [61, 'ENODATA', 'no data available'],
  [75, 'EOVERFLOW', 'value too large for defined data type'],
  [80, 'ELIBBAD', 'accessing a corrupted shared library'],
  [87, 'EUSERS', 'too many users'],
  [90, 'EMSGSIZE', 'message too long'],
  [92, 'ENOPROTOOPT', 'protocol not available'],
  [93, 'EPROTONOSUPPORT', 'protocol not supported'],
  [95, 'EOPNOTSUPP', 'operation not supported'],
  [97, 'EAFNOSUPPORT', 'address family not supported by protocol'],
  [98, 'EADDRINUSE', 'address already in use'],
  [99, 'EADDRNOTAVAIL', 'cannot assign requested address'],
  [100, 'ENETDOWN', 'network is down'],
  [101, 'ENETUNREACH', 'network is unreachable'],
  [104, 'ECONNRESET', 'connection reset by peer'],
  [105, 'ENOBUFS', 'no buffer space available'],
  [107, 'ENOTCONN', 'transport endpoint is not connected'],
  [110, 'ETIMEDOUT', 'connection timed out'],
  [111, 'ECONNREFUSED', 'connection refused'],
  [113, 'EHOSTUNREACH', 'no route to host'],
  [116, 'ESTALE', 'stale file handle'],
  [122, 'EDQUOT', 'disk quota exceeded'],
];

const byNumber = new Map(table.map(([number, name, words]) => [number, { name, words }]));
const byName = new Map(table.map(([number, name]) => [name, number]));

/** `EPERM` for 1; `errno 200` for a number that has no name here. */
export function errnoName(errno: number): string {
  return byNumber.get(errno)?.name ?? `errno ${errno}`;
}

/** `EPERM (operation not permitted)` for 1. */
export function describeErrno(errno: number): string {
  const known = byNumber.get(errno);
  return known === undefined ? `errno ${errno}` : `${known.name} (${known.words})`;
}

/** 1 for `EPERM`. Throws RangeError for a name that is not in the table: a defect of the caller. */
export function errnoNumber(name: string): number {
  const errno = byName.get(name);
  if (errno === undefined) throw new RangeError(`unknown errno ${name}`);
  return errno;
}

/** A system call that failed: which, with what arguments, and the error number. */
export class KernelError extends TsdockerError {
  override readonly name = 'KernelError';
  readonly call: string;
  readonly errno: number;
  readonly args: readonly unknown[];

  constructor(call: string, errno: number, args: readonly unknown[]) {
    const shown = args.filter((argument) => typeof argument === 'string').map((path) => ` ${path}`);
    super('kernel', `${call}${shown.join('')} failed: ${describeErrno(errno)}`, { details: { call, errno, args } });
    this.call = call;
    this.errno = errno;
    this.args = args;
  }
}

/** True where `error` is a failed system call with one of the named error numbers. */
export function failedWith(error: unknown, ...names: readonly string[]): error is KernelError {
  return error instanceof KernelError && names.includes(errnoName(error.errno));
}
