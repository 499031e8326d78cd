// The native parts as a test runs them: built with the C library and the address and undefined-behaviour sanitizers, each
// from native/<part>.c and the driver native/test/<part>.c.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const nativeFolder = join(import.meta.dirname, '../../native');
const sanitized = '-std=gnu2x -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all';
// Calls go through the driver; the part's own entry point and main give way to the C library's and to the driver's.
const hosted = '-include test/outside.h -DTSDOCKER_START_H -Dmain=main_of_part';

/** Builds the driver of a part into `folder`; `sources` are further files of native/. Gives the program's path. */
export function buildDriver(part: string, folder: string, sources: readonly string[] = []): string {
  const program = join(folder, part);
  const words = [...sanitized.split(' '), ...hosted.split(' '), '-o', program, `test/${part}.c`, ...sources];
  execFileSync('gcc', words, { cwd: nativeFolder, stdio: 'pipe' });
  return program;
}

/** What the driver prints. Throws with a sanitizer's report where it found something, or with the status. */
export function runDriver(program: string, words: readonly string[], input: Uint8Array): string {
  const { status, signal, stdout, stderr } = spawnSync(program, words, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}: ${stderr.slice(0, 4000)}`);
  return stdout;
}
