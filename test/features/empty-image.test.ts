// An image without any layer: its root is empty, and everything that looks at roots can do with that.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pullImage } from '../../src/engine/pull.ts';
import { openView } from '../../src/engine/view.ts';
import { parseReference } from '../../src/image/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { hostArchitecture, makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeAll(async () => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-empty-'));
  mkdirSync(join(folder, 'layout'));
  const layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [],
    config: { Cmd: ['/sh', '-c', 'echo alive'] },
  });
  using opened = openStore(store.root);
  await pullImage(opened, layoutSource(layout), parseReference('localhost/empty'), { platform: hostArchitecture });
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('a container of an image without layers runs what is copied into it', () => {
  copyFileSync('/bin/busybox', join(folder, 'sh'));
  expect(store.tsdocker('create', '--name', 'bare', '--network', 'none', 'localhost/empty')).toMatchObject({
    status: 0,
  });
  expect(store.tsdocker('diff', 'bare')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(store.tsdocker('cp', join(folder, 'sh'), 'bare:/sh')).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(store.tsdocker('start', '-a', 'bare')).toEqual({ status: 0, stdout: 'alive\n', stderr: '' });
  expect(store.tsdocker('diff', 'bare').stdout).toBe('A /sh\n');
});

test('a command that is not in an image without layers is said to be missing', () => {
  const ended = store.tsdocker('run', '--rm', '--network', 'none', 'localhost/empty');
  expect(ended.status).toBe(127);
});

test('the view of no layers is an empty directory', () => {
  using view = openView({ root: store.root }, []);
  expect(readdirSync(`/proc/self/fd/${view.descriptor}`)).toEqual([]);
});
