// `--format` as typed: what scripts read from `ps` and `version`.
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let id: string;

beforeAll(async () => {
  store = makeStore();
  store.sh('true');
  const words = ['run', '--name', 'sleeper', '--network', 'none', 'localhost/busybox', 'sleep', '1000'];
  spawn(program, words, { env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root }, stdio: 'ignore' });
  while (store.tsdocker('ps', '-q').stdout === '') await setTimeout(25);
  id = store.tsdocker('ps', '-q', '--no-trunc').stdout.trim();
});
afterAll(() => store[Symbol.dispose]());

test.each([
  ['{{.Names}} {{.State}} {{.Image}} {{.Command}}', 'sleeper running localhost/busybox "sleep 1000"\n'],
  ['table {{.Names}}\\t{{upper .State}}', 'NAMES     STATE\nsleeper   RUNNING\n'],
  ['{{if eq .State "running"}}{{slice .ID 0 2 | len}}{{end}}', '2\n'],
  ['{{json .Names}}', '"sleeper"\n'],
])('ps --format %j', (format, output) => {
  expect(store.tsdocker('ps', '--format', format)).toEqual({ status: 0, stdout: output, stderr: '' });
});

test('ps --format json is an object a line', () => {
  const { stdout } = store.tsdocker('ps', '--no-trunc', '--format', 'json');
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ ID: id, Names: 'sleeper', State: 'running' });
  expect(JSON.parse(stdout).CreatedAt).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
});

test('ps --format table is the table without a format', () => {
  const usual = store.tsdocker('ps').stdout;
  expect(store.tsdocker('ps', '--format', 'table').stdout.split('\n')[0]).toBe(usual.split('\n')[0]);
});

test.each([
  [
    'ps',
    '{{.Name}}',
    /^tsdocker: the template of --format fails at 1:3: there is no field Name, only [^\n]*Names[^\n]*\n$/,
  ],
  ['ps', 'table {{.Name}}', /there is no field Name, only ID, Image, /],
  ['ps', '{{.ID', /^tsdocker: the template of --format fails at 1:1: the action does not end with \}\}\n$/],
  [
    'version',
    '{{.Client.Nope}}',
    /there is no field Nope in \.Client, only Platform, Version, NodeVersion, Os, Arch, Context\n$/,
  ],
])('%s --format %j is refused in one line', (verb, format, line) => {
  const ended = store.tsdocker(verb, '--format', format);
  expect(ended).toMatchObject({ status: 125, stdout: '' });
  expect(ended.stderr).toMatch(line);
});

test('version tells its parts one by one', () => {
  const version = store.tsdocker('version', '--format', '{{.Server.Version}}').stdout.trim();
  expect(store.tsdocker('version').stdout).toContain(` Version:           ${version}\n`);
});
