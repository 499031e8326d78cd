// Names of files are bytes, not text: a layer may hold a name in Latin-1, and an attribute's value is binary. Everything in
// src/layer/ keeps them as *byte strings*, where each character is one byte, and calls the kernel through `byteKernel`.
import { createKernel, type Kernel, KernelError } from '../kernel/index.ts';
import { type Invoke, invokeKernel } from '../kernel/invoke.ts';

/** The bytes of a byte string. */
export const bytesOf = (name: string): Buffer => Buffer.from(name, 'latin1');

/** A byte string as a person reads it, quoted. */
export function shown(name: string): string {
  const text = bytesOf(name).toString('utf8');
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** A byte string from text. */
export const byteName = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/**
 * ATTACK: a pax record may hold a NUL, where the kernel's C string would end: "safe\0/../../etc" is checked as one name
 * and used as another.
 */
function cBytes(name: string): Uint8Array {
  if (name.includes('\0')) throw new KernelError('path', 22, [shown(name)]);
  return bytesOf(`${name}\0`);
}

/** A system call whose strings are byte strings. */
export const invokeWithBytes: Invoke = (call, ...words) =>
  invokeKernel(call, ...words.map((word) => (typeof word === 'string' ? cBytes(word) : word)));

/** The kernel, for names as they stand in an archive. */
export const byteKernel: Kernel = createKernel(invokeWithBytes);
