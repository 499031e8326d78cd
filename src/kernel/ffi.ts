// The only importer of the foreign function interface (design, 2.3): node:ffi, which Node.js 26 has built in, behind the
// two functions of native/kernel.c. Numbers travel as 64-bit integers, memory as the address of a typed array.
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { nativeFolder } from './native.ts';

interface Native {
  /** Makes a system call; returns its result or -errno. */
  syscall(number: bigint, a: bigint, b: bigint, c: bigint, d: bigint, e: bigint, f: bigint): bigint;
  /** Takes the address of a `struct spawn` (native/kernel.c); returns a pid or -errno. */
  spawn(description: bigint): bigint;
  /** The address of a typed array's memory, good for as long as the array is referenced. */
  addressOf(memory: Uint8Array): bigint;
}

let loaded: Native | undefined;

/**
 * Loads kernel.so on first use. Throws `unsupported` where the Node.js has no node:ffi, `internal` where the native parts
 * are not built.
 */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const ffi = loadQuietly();
  const path = join(nativeFolder, 'kernel.so');
  const word = 'int64' as const;
  try {
    const { functions } = ffi.dlopen(path, {
      tsdocker_syscall: { return: word, arguments: [word, word, word, word, word, word, word] },
      tsdocker_spawn: { return: word, arguments: [word] },
    });
    return { syscall: functions.tsdocker_syscall, spawn: functions.tsdocker_spawn, addressOf: ffi.getRawPointer };
  } catch (cause) {
    throw new TsdockerError('internal', `cannot load ${path}`, { cause, hint: 'run npm run build' });
  }
}

/** node:ffi announces at its first use that it is experimental; we know (design, 2.6), and silence that one warning only. */
function loadQuietly(): typeof import('node:ffi') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const ffi = process.getBuiltinModule('node:ffi');
    if (ffi !== undefined) return ffi;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new TsdockerError('unsupported', `Node.js ${process.versions.node} has no node:ffi`, {
    hint: 'tsdocker needs Node.js 26.1 or newer; bin/tsdocker brings its own',
  });
}
