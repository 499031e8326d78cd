// Runs the command as a person would, in a store of the test file's own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const program = join(import.meta.dirname, '../../bin/tsdocker');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestStore extends Disposable {
  readonly root: string;
  /** Runs `tsdocker WORDS…` to its end. */
  tsdocker(...words: readonly string[]): Ended;
  /** The same with input and environment. */
  tsdockerWith(
    options: { input?: string | Buffer; env?: Record<string, string>; cwd?: string },
    ...words: readonly string[]
  ): Ended;
  /** `run --rm --network none [FLAGS] localhost/busybox sh -c SCRIPT`, which must succeed; its output. */
  sh(script: string, ...flags: readonly string[]): string;
}

/** @param root A folder that is there; one of its own unless given. Goes with the store. */
export function makeStore(root: string = mkdtempSync(join(tmpdir(), 'tsdocker-store-'))): TestStore {
  const tsdockerWith: TestStore['tsdockerWith'] = ({ input = '', env = {}, cwd }, ...words) => {
    const { status, stdout, stderr } = spawnSync(program, words, {
      input,
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', TSDOCKER_ROOT: root, ...env },
      maxBuffer: 64 * 2 ** 20,
      ...(cwd === undefined ? {} : { cwd }),
    });
    return { status, stdout, stderr };
  };
  const tsdocker: TestStore['tsdocker'] = (...words) => tsdockerWith({}, ...words);
  return {
    root,
    tsdocker,
    tsdockerWith,
    sh(script, ...flags) {
      const ended = tsdocker('run', '--rm', '--network', 'none', ...flags, 'localhost/busybox', 'sh', '-c', script);
      if (ended.status !== 0) throw new Error(`ended with ${ended.status}: ${ended.stderr}${ended.stdout}`);
      return ended.stdout;
    },
    [Symbol.dispose]() {
      const left = tsdocker('ps', '-aq')
        .stdout.split('\n')
        .filter((id) => id !== '');
      if (left.length > 0) tsdocker('rm', '-f', ...left);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
