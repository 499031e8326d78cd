// tsdocker history: the steps of an image, beside what Docker makes of the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pullImage } from '../../src/engine/pull.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import { parseReference } from '../../src/image/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { type ImageSpecification, makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeAll(async () => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-history-'));
  await take('localhost/steps', {
    layers: [[{ name: 'a', body: 'x'.repeat(5000) }], [{ name: 'b', body: 'y'.repeat(9000) }]],
    alter: (config) => ({
      ...config,
      history: [
        { created: '2024-02-03T04:05:06.789Z', created_by: 'ADD a /', comment: 'first' },
        { created: '2024-02-03T04:05:07Z', created_by: `ENV LONG=${'z'.repeat(60)}`, empty_layer: true },
        { created_by: 'RUN \t\u001b[2Jmake' },
      ],
    }),
  });
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function take(name: string, specification: ImageSpecification): Promise<void> {
  using opened = openStore(store.root);
  const layout = await makeOciLayout(join(folder, encodeURIComponent(name)), specification);
  await pullImage(opened, layoutSource(layout), parseReference(name), { platform: hostPlatform() });
}

const idOf = (name: string): string => store.tsdocker('images', '-q', '--no-trunc', name).stdout.trim();

test('the newest step comes first, and only it has the image’s id', () => {
  const { status, stdout } = store.tsdocker('history', '--human=false', 'localhost/steps');
  expect(status).toBe(0);
  const [heading, ...lines] = stdout.trimEnd().split('\n');
  expect(heading!.split(/ {3,}/)).toEqual(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT']);
  const columns = lines.map((line) => line.split(/ {3,}/));
  expect(columns.map(([id]) => id)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/), '<missing>', '<missing>']);
  expect(columns.map(([, created]) => created)).toEqual(['N/A', '2024-02-03T04:05:07Z', '2024-02-03T04:05:06Z']);
  expect(columns[2]![4]).toBe('first');
});

test('a step without a layer takes no room, and one with a layer what its files take', () => {
  const sizes = store
    .tsdocker('history', '-H=false', '--format', '{{.Size}}', 'localhost/steps')
    .stdout.trimEnd()
    .split('\n')
    .map(Number);
  expect(sizes[1]).toBe(0);
  expect(sizes[2]).toBeGreaterThanOrEqual(5000);
  expect(sizes[0]).toBeGreaterThanOrEqual(9000);
});

test('a long command is cut to 45 characters, unless --no-trunc is given', () => {
  const commands = (...flags: string[]) =>
    store.tsdocker('history', ...flags, '--format', '{{.CreatedBy}}', 'localhost/steps').stdout.split('\n');
  expect(commands()[1]).toBe(`ENV LONG=${'z'.repeat(35)}…`);
  expect(commands('--no-trunc')[1]).toBe(`ENV LONG=${'z'.repeat(60)}`);
});

test('-q prints ids alone, whole ones with --no-trunc', () => {
  const whole = store.tsdocker('history', '-q', '--no-trunc', 'localhost/steps').stdout;
  expect(whole).toMatch(/^sha256:[0-9a-f]{64}\n<missing>\n<missing>\n$/);
  expect(store.tsdocker('image', 'history', '-q', 'localhost/steps').stdout).toBe(
    whole.replace(/^sha256:([0-9a-f]{12})[0-9a-f]*/, '$1'),
  );
});

test('what a command of the image says cannot act on the terminal', () => {
  const { stdout } = store.tsdocker('history', '--no-trunc', 'localhost/steps');
  expect(stdout).toContain('RUN   [2Jmake');
  expect(stdout).not.toContain('\u001b');
});

test('an image is found by its id, and one that is not there is told of in a line', () => {
  expect(store.tsdocker('history', '-q', idOf('localhost/steps').slice(0, 20)).status).toBe(0);
  const { status, stderr, stdout } = store.tsdocker('history', 'localhost/none');
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(stderr).toBe(
    'tsdocker: there is no image localhost/none in the store\n  hint: tsdocker images lists them all\n',
  );
});

test('an image without a history has none, and one that tells of layers it has not is refused', async () => {
  await take('localhost/silent', {
    layers: [[{ name: 's', body: 's' }]],
    alter: ({ history: _, ...config }) => config,
  });
  expect(store.tsdocker('history', '-q', 'localhost/silent')).toMatchObject({ status: 0, stdout: '' });
  await take('localhost/liar', {
    layers: [[{ name: 'l', body: 'l' }]],
    alter: (config) => ({ ...config, history: [{}, {}] }),
  });
  const { status, stderr } = store.tsdocker('history', 'localhost/liar');
  expect(status).toBe(125);
  expect(stderr).toBe('tsdocker: the history of the image tells of 2 layers, and it has 1\n');
});
