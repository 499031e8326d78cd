// Reading and writing the files of a cgroup, by the descriptor of its folder. One write is one setting: the kernel takes
// it whole or refuses it.
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The folder `name` in `parent`; the caller closes it. */
export function openFolder(parent: number, name: string): number {
  return kernel.openat(parent, name, k.O_RDONLY | k.O_DIRECTORY | k.O_NOFOLLOW);
}

/** Throws KernelError: ENOENT where the kernel or the controller does not offer the file. */
export function writeFile(cgroup: number, name: string, text: string): void {
  const file = kernel.openat(cgroup, name, k.O_WRONLY);
  try {
    kernel.write(file, encoder.encode(text));
  } finally {
    kernel.close(file);
  }
}

/** The whole text. Throws KernelError: ENOENT where the kernel or the controller does not offer the file. */
export function readFile(cgroup: number, name: string): string {
  const file = kernel.openat(cgroup, name, k.O_RDONLY);
  try {
    return readAll(file);
  } finally {
    kernel.close(file);
  }
}

/** What is left to read of an open file. */
export function readAll(file: number): string {
  const memory = new Uint8Array(4096);
  let text = '';
  for (let size = kernel.read(file, memory); size > 0; size = kernel.read(file, memory)) {
    text += decoder.decode(memory.subarray(0, size)); // ASCII: a character is never cut
  }
  return text;
}

/** Files like `memory.events`: a name and a number a line. */
export function parseNumbers(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => line.split(' ') as [string, string]).map(([name, value]) => [name, Number(value)]),
  );
}
