// tsdocker system df: the sizes it tells are those of the disk.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportDisk } from '../../src/engine/disk-report.ts';
import { pullImage } from '../../src/engine/pull.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import { parseReference } from '../../src/image/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let folder: string;
beforeEach(() => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-df-'));
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes on the disk in the files and folders inside `paths`, as du(1) counts them. */
function du(...paths: string[]): number {
  const { stdout } = spawnSync('sh', ['-c', 'du -cs --block-size=1 "$@" | tail -1', 'sh', ...paths], {
    encoding: 'utf8',
  });
  return Number.parseInt(stdout, 10);
}

const lines = (...flags: string[]): string[][] =>
  store
    .tsdocker('system', 'df', ...flags)
    .stdout.trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));

test('an empty store takes nothing', () => {
  expect(lines()).toEqual([
    ['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'RECLAIMABLE'],
    ['Images', '0', '0', '0B', '0B'],
    ['Containers', '0', '0', '0B', '0B'],
    ['Local Volumes', '0', '0', '0B', '0B'],
    ['Build Cache', '0', '0', '0B', '0B'],
  ]);
});

async function take(name: string, ...bodies: string[]): Promise<void> {
  const layers = bodies.map((body, index) => [{ name: `file${index}`, body }]);
  const layout = await makeOciLayout(join(folder, name), { layers, compression: 'none' });
  using opened = openStore(store.root);
  await pullImage(opened, layoutSource(layout), parseReference(`localhost/${name}`), { platform: hostPlatform() });
}

test('images take what their blobs and layers take, and share what they have in common', async () => {
  await take('first', 'x'.repeat(200_000), 'y'.repeat(100_000));
  await take('second', 'x'.repeat(200_000), 'z'.repeat(300_000));
  using opened = openStore(store.root);
  const { images, imagesSize, imagesReclaimable } = reportDisk(opened);
  const onDisk = du('--', join(store.root, 'image/blobs/sha256'), join(store.root, 'layer'));
  expect(Math.abs(imagesSize - onDisk)).toBeLessThanOrEqual(4 * 4096); // the folders that blobs and layers lie in
  expect(imagesReclaimable).toBe(imagesSize);
  const [first, second] = images;
  expect(first!.shared).toBe(second!.shared);
  expect(first!.shared).toBeGreaterThanOrEqual(400_000);
  expect(second!.size - first!.size).toBeGreaterThanOrEqual(390_000);
  // What is shared is there once.
  expect(first!.size + second!.size - first!.shared).toBe(imagesSize);
});

test('a container counts with what it wrote, its image is in use, and both are free again without it', () => {
  store.tsdocker(
    'run',
    '--name',
    'writer',
    '--network',
    'none',
    'localhost/busybox',
    'sh',
    '-c',
    'yes | head -c 500000 >/x',
  );
  const [, images, containers] = lines();
  expect(images!.slice(0, 3)).toEqual(['Images', '1', '1']);
  expect(images![4]).toBe('0B (0%)');
  expect(containers!.slice(0, 3)).toEqual(['Containers', '1', '0']);
  expect(Number.parseFloat(containers![3]!)).toBeGreaterThanOrEqual(500);
  expect(containers![3]).toMatch(/kB$/);
  expect(containers![4]).toMatch(/ \(100%\)$/);
  const verbose = store.tsdocker('system', 'df', '-v').stdout;
  expect(verbose).toMatch(
    /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS\n/,
  );
  expect(verbose).toMatch(/^localhost\/busybox +latest +[0-9a-f]{12} .* 1$/m);
  expect(verbose).toMatch(/^[0-9a-f]{12} +localhost\/busybox .* exited +writer$/m);
  store.tsdocker('rm', 'writer');
  expect(lines()[1]![4]).toMatch(/ \(100%\)$/);
});

test('--format picks fields', () => {
  expect(store.tsdocker('system', 'df', '--format', '{{.Type}}:{{.TotalCount}}').stdout).toBe(
    'Images:0\nContainers:0\nLocal Volumes:0\nBuild Cache:0\n',
  );
});
