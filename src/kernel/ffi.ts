// The foreign function interface (design, 2.3) behind the two functions of native/kernel.c: node:ffi, which Node.js 26 has built
// in, or koffi where an older one has it not. Numbers travel as 64-bit integers, memory as the address of a typed array.
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { loadByKoffi } from './koffi.ts';
import { nativeFolder } from './native.ts';

export interface Native {
  /** Makes a system call; returns its result or -errno. */
  syscall(number: bigint, a: bigint, b: bigint, c: bigint, d: bigint, e: bigint, f: bigint): bigint;
  /** Takes the address of a `struct spawn` (native/kernel.c); returns a pid or -errno. */
  spawn(description: bigint): bigint;
  /** The address of a typed array's memory, good until `unpin`. */
  addressOf(memory: Uint8Array): bigint;
}

/**
 * What the kernel has, or is about to get, the address of. A variable of the function that calls does not keep it: when compiled, the
 * function has let go of what it does not read again, and a collection before the call would take it.
 */
const pinned: Uint8Array[] = [];

/** The call is over, and so are all addresses. */
export function unpin(): void {
  pinned.length = 0;
}

let loaded: Native | undefined;

/**
 * Loads kernel.so on first use. Throws `unsupported` where there is neither node:ffi nor koffi, `internal` where the native parts
 * are not built.
 */
export function native(): Native {
  loaded ??= load(join(nativeFolder, 'kernel.so'));
  return loaded;
}

function load(path: string): Native {
  const ffi = builtIn();
  let native: Native | undefined;
  try {
    native = ffi === undefined ? loadByKoffi(path) : loadByNode(ffi, path);
  } catch (cause) {
    throw new TsdockerError('internal', `cannot load ${path}`, { cause, hint: 'run npm run build' });
  }
  if (native !== undefined) return pinning(native);
  throw new TsdockerError('unsupported', `Node.js ${process.versions.node} has no node:ffi`, {
    hint: 'use Node.js 26.1 or newer, or install koffi beside tsdocker: npm install koffi',
  });
}

const pinning = ({ addressOf, ...calls }: Native): Native => ({
  ...calls,
  addressOf(memory) {
    pinned.push(memory);
    return addressOf(memory);
  },
});

function loadByNode(ffi: typeof import('node:ffi'), path: string): Native {
  const word = 'int64' as const;
  const { functions } = ffi.dlopen(path, {
    tsdocker_syscall: { return: word, arguments: [word, word, word, word, word, word, word] },
    tsdocker_spawn: { return: word, arguments: [word] },
  });
  return { syscall: functions.tsdocker_syscall, spawn: functions.tsdocker_spawn, addressOf: ffi.getRawPointer };
}

/** node:ffi announces at its first use that it is experimental; we know (design, 2.6), and silence that one warning only. */
function builtIn(): typeof import('node:ffi') | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:ffi');
  } finally {
    process.emitWarning = emitWarning;
  }
}
