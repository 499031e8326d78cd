// The foreign function interface of a Node.js that has no node:ffi: the npm package koffi, which a program that uses the library
// installs beside it. Never loaded by the command line, which brings its own Node.js. Source: koffi.dev, "Function calls".
import { join } from 'node:path';
import type { Native } from './ffi.ts';

/** As much of koffi as we use. Results that a double holds come back as numbers, others as bigints. */
interface Koffi {
  load(path: string): {
    func(name: string, result: string, parameters: readonly string[]): (...words: bigint[]) => number | bigint;
  };
  /** Of a typed array: where its memory lies. Since 2.16. */
  address(memory: Uint8Array): bigint;
}

/** Undefined where koffi is not installed. Throws what koffi throws of a library it cannot load. @param path Of kernel.so. */
export function loadByKoffi(path: string): Native | undefined {
  const koffi = requireKoffi();
  if (koffi === undefined) return undefined;
  const library = koffi.load(path);
  const wordFunction = (name: string, count: number) => {
    const call = library.func(name, 'int64', Array<string>(count).fill('int64'));
    return (...words: bigint[]): bigint => BigInt(call(...words));
  };
  return {
    syscall: wordFunction('tsdocker_syscall', 7),
    spawn: wordFunction('tsdocker_spawn', 1),
    addressOf: (memory) => koffi.address(memory),
  };
}

/** Looked up as this file would: in the node_modules folders from here to the root. */
function requireKoffi(): Koffi | undefined {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    return createRequire(join(import.meta.dirname, 'koffi.js'))('koffi') as Koffi;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
