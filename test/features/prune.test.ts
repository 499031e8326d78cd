// tsdocker image prune and system prune.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addImage } from '../support/local-images.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeEach(() => {
  store = makeStore();
});
afterEach(() => store[Symbol.dispose]());

const list = (folder: string): string[] => readdirSync(join(store.root, folder));
const ids = (): string => store.tsdocker('images', '-q').stdout;

/** An image that lost its name. */
async function addDangling(options: Parameters<typeof addImage>[2] = {}) {
  const image = await addImage(store.root, 'localhost/lost', { body: new Uint8Array(100_000).fill(1), ...options });
  await addImage(store.root, 'localhost/lost', { body: 'later' });
  return image;
}

test('image prune removes what has no name, and says what and how much', async () => {
  const { id, chain, short } = await addDangling();
  const { status, stdout, stderr } = store.tsdocker('image', 'prune', '-f');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    new RegExp(`^Deleted Images:\ndeleted: ${id}\ndeleted: ${chain[1]}\n\nTotal reclaimed space: [\\d.]+kB\n$`),
  );
  expect(ids()).not.toContain(short);
  expect(store.tsdocker('image', 'prune', '-f').stdout).toBe('Total reclaimed space: 0B\n');
  expect([list('layer').length, list('image/blobs/sha256').length, list('tmp')]).toEqual([2, 4, []]);
});

test('image prune asks, and takes only yes for an answer', async () => {
  const { short } = await addDangling();
  const question = 'WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ';
  for (const input of ['', '\n', 'n\n', 'yy\n', 'no']) {
    expect(store.tsdockerWith({ input }, 'image', 'prune')).toEqual({ status: 0, stdout: question, stderr: '' });
  }
  expect(ids()).toContain(short);
  expect(store.tsdockerWith({ input: 'Y\n' }, 'image', 'prune').stdout).toMatch(
    /^WARNING.*\n.*\[y\/N\] Deleted Images:\n/,
  );
  expect(ids()).not.toContain(short);
});

test('image prune -a spares what a container was made of, also when the container has ended', async () => {
  await addImage(store.root, 'localhost/unused');
  store.tsdocker('run', '--name', 'user', '--network', 'none', 'localhost/busybox', 'true');
  expect(store.tsdocker('image', 'prune', '-a', '-f').stdout).toContain('untagged: localhost/unused:latest\n');
  expect(store.tsdocker('images', '--format', '{{.Repository}}').stdout).toBe('localhost/busybox\n');
  store.tsdocker('rm', 'user');
  expect(store.tsdocker('image', 'prune', '-a', '-f').stdout).toContain('untagged: localhost/busybox:latest\n');
  expect([list('layer'), list('image/blobs/sha256')]).toEqual([[], []]);
});

test('two manifests of one id are one image: the one that lost its name is not listed, and prune takes its blobs', async () => {
  const first = await addImage(store.root, 'localhost/a');
  const second = await addImage(store.root, 'localhost/a', { compression: 'none' });
  expect([second.id, second.manifest === first.manifest]).toEqual([first.id, false]);
  expect(ids()).toBe(`${first.short}\n`);
  expect(list('image/blobs/sha256')).toHaveLength(7);
  expect(store.tsdocker('image', 'prune', '-f').stdout).toMatch(/^Total reclaimed space: [1-9]/);
  expect([list('image/blobs/sha256').length, list('layer').length]).toEqual([4, 2]);
  expect(store.tsdocker('rmi', first.short).stdout).toContain(`Deleted: ${first.id}`);
  expect(list('image/blobs/sha256')).toEqual([]);
});

test('image prune goes by age and labels', async () => {
  await addImage(store.root, 'localhost/old', { created: '2020-01-01T00:00:00Z', labels: { keep: 'yes' } });
  await addImage(store.root, 'localhost/older', { created: '2019-01-01T00:00:00Z' });
  const prune = (...filters: string[]): string =>
    store.tsdocker('image', 'prune', '-a', '-f', ...filters.flatMap((each) => ['--filter', each])).stdout;
  expect(prune('until=2018-01-01')).toBe('Total reclaimed space: 0B\n');
  expect(prune('label=none')).toBe('Total reclaimed space: 0B\n');
  expect(prune('until=24h', 'label!=keep')).toContain('untagged: localhost/older:latest');
  expect(prune('label=keep=yes')).toContain('untagged: localhost/old:latest');
});

test('prune removes what killed commands left', () => {
  store.tsdocker('images');
  for (const name of ['tmp/c0', 'tmp/garbage-1/0', `layer/${'a'.repeat(64)}/fs`, 'layer/new-0/fs'])
    mkdirSync(join(store.root, name), { recursive: true });
  writeFileSync(join(store.root, `image/blobs/sha256/${'b'.repeat(64)}`), 'x'.repeat(5000));
  writeFileSync(join(store.root, 'tmp/download'), '');
  expect(store.tsdocker('image', 'prune', '-f').stdout).toMatch(/Total reclaimed space: [1-9][\d.]*kB\n$/);
  expect([list('tmp'), list('layer'), list('image/blobs/sha256')]).toEqual([[], [], []]);
});

test('system prune removes containers that ended, images without a name, and with -a unused ones', async () => {
  const dangling = await addDangling();
  store.tsdocker('run', '--name', 'ended', '--network', 'none', 'localhost/busybox', 'true');
  const container = store.tsdocker('ps', '-aq', '--no-trunc').stdout.trim();
  const warning = store.tsdocker('system', 'prune');
  expect(warning).toMatchObject({ status: 0, stderr: '' });
  expect(warning.stdout).toBe(`WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all dangling images
  - all that commands which were killed have left

Are you sure you want to continue? [y/N] `);
  expect(store.tsdocker('system', 'prune', '-f', '--filter', 'until=1h').stdout).not.toContain(container);
  const { stdout } = store.tsdocker('system', 'prune', '-f');
  expect(stdout).toMatch(new RegExp(`^Deleted Containers:\n${container}\n\n`));
  expect(stdout).toMatch(/\nTotal reclaimed space: [\d.]+[kM]?B\n$/);
  expect(store.tsdocker('ps', '-aq').stdout).toBe('');
  expect(ids().split('\n')).toHaveLength(3);
  expect(ids()).not.toContain(dangling.short);
  store.tsdocker('system', 'prune', '-af');
  expect([ids(), list('layer'), list('image/blobs/sha256'), list('tmp')]).toEqual(['', [], [], []]);
});

test.each([
  [['image', 'prune', '-f', '--filter', 'reference=a'], 'the filter "reference=a" is not known'],
  [['image', 'prune', '-f', '--filter', 'until=soon'], '"soon" is not a time'],
  [['system', 'prune', '-f', '--filter', 'color=a'], 'the filter "color=a" is not known'],
  [['system', 'prune', '-f', '--volumes'], 'there are no volumes yet, so none can be pruned'],
  [['system', 'prune', 'word'], 'system prune does not take the word "word"'],
])('%j is refused, and nothing is removed', async (words, message) => {
  const { short } = await addDangling();
  const { status, stdout, stderr } = store.tsdocker(...words);
  expect([status, stdout]).toEqual([125, '']);
  expect(stderr).toContain(`tsdocker: `);
  expect(stderr).toContain(message);
  expect(ids()).toContain(short);
});
