// docs/library.md: every example is a program, run as it stands against a store of its own, in a network namespace of its own, and
// prints what stands below it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { makeStore } from '../support/tsdocker.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/library.md'), 'utf8');
const library = pathToFileURL(join(root, 'dist/index.js')).href;

const examples = [
  ...text.matchAll(/^## ([^\n]+)\n(?:(?!^## )[\s\S])*?```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/gm),
].map(([, title = '', program = '', printed = '']) => ({ title, program, printed }));

test('there are eleven examples', () => {
  expect(examples).toHaveLength(11);
});

const inNamespace = 'ip link set lo up && exec "$0" "$@"';

test.each(examples)('$title', ({ program, printed }) => {
  using store = makeStore();
  const path = join(store.root, 'example.mjs');
  writeFileSync(path, program.replaceAll("'tsdocker'", JSON.stringify(library)));
  const { status, stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', inNamespace, process.execPath, path], {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', TSDOCKER_ROOT: store.root },
    timeout: 55_000,
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: printed, stderr: '' });
  rmSync(path);
  expect(store.tsdocker('ps', '-aq').stdout).toBe('');
});
