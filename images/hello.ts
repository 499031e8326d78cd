// localhost/hello: one static program of ours that says what has just happened (images/hello/hello.c).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { file, type Recipe } from './recipe.ts';

/** Throws what node:fs throws where the program is not built. @param folder Where images/ lies. */
export function hello(folder: string): Recipe {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return {
    entries: [file('hello', readFileSync(join(folder, 'hello/build', machine, 'hello')), 0o755)],
    env: [],
    command: ['/hello'],
  };
}
