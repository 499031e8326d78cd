// A store of the first version of the database is brought up to date by whoever opens it next, and loses nothing.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildEmbedded } from '../../src/engine/embedded.ts';
import { parseReference } from '../../src/image/reference.ts';
import { addEndpoint, endpointsOf } from '../../src/store/endpoints.ts';
import { findImage, listImages, type StoredImage } from '../../src/store/images.ts';
import { findNetwork, listNetworks } from '../../src/store/networks.ts';
import { openStore } from '../../src/store/store.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tsdocker-migration-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const old = `
  CREATE TABLE images (reference TEXT PRIMARY KEY, manifest_digest TEXT NOT NULL, manifest_media_type TEXT NOT NULL,
    manifest_size INTEGER NOT NULL, config_digest TEXT NOT NULL, created TEXT NOT NULL, chain TEXT NOT NULL) STRICT;
  CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT UNIQUE NOT NULL, image TEXT NOT NULL,
    created_at INTEGER NOT NULL, command TEXT NOT NULL) STRICT;
  PRAGMA user_version = 1`;

/** A store whose blobs and layers are there and whose database is of version 1. */
async function makeOldStore(): Promise<StoredImage> {
  let image: StoredImage;
  let record: ReturnType<typeof listImages>[number];
  {
    using store = openStore(root);
    image = await buildEmbedded(store, parseReference('localhost/hello'));
    record = listImages(store)[0]!;
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(root, `tsdocker.db${suffix}`), { force: true });
  using sql = new DatabaseSync(join(root, 'tsdocker.db'));
  sql.exec(`PRAGMA journal_mode = WAL; ${old}`);
  const add = sql.prepare('INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?)');
  const { digest, mediaType, size } = record.manifest;
  for (const name of ['localhost/hello:latest', 'localhost/hello:two', `localhost/hello:three@${digest}`])
    add.run(name, digest, mediaType, size, record.configDigest, record.created, JSON.stringify(record.chain));
  sql
    .prepare('INSERT INTO containers VALUES (?, ?, ?, ?, ?)')
    .run('c'.repeat(64), 'old', 'localhost/hello:two', 1, '["/hello"]');
  sql.prepare('INSERT INTO containers VALUES (?, ?, ?, ?, ?)').run('d'.repeat(64), 'lost', 'gone:1', 2, '[]');
  return image;
}

test('the names, images and containers of version 1 are those of this version', async () => {
  const image = await makeOldStore();
  using store = openStore(root);
  expect(listImages(store)).toEqual([
    expect.objectContaining({
      names: ['localhost/hello:latest', 'localhost/hello:two', `localhost/hello@${image.manifestDigest}`],
      configDigest: image.configDigest,
      chain: image.chain,
      layers: [{ digest: expect.stringMatching(/^sha256:/), size: expect.any(Number) }],
      size: expect.toSatisfy((size: number) => size > 100),
    }),
  ]);
  expect(findImage(store, 'localhost/hello')).toEqual(image);
  expect(findImage(store, `localhost/hello@${image.manifestDigest}`)?.configDigest).toBe(image.configDigest);
  expect(store.database.sql.prepare('SELECT image_digest, chain FROM containers ORDER BY id').all()).toEqual([
    { image_digest: image.manifestDigest, chain: JSON.stringify(image.chain) },
    { image_digest: '', chain: '[]' },
  ]);
});

test('a store of version 3 gets tables of networks, and keeps its containers', async () => {
  await makeOldStore();
  openStore(root)[Symbol.dispose](); // of this version now
  {
    using sql = new DatabaseSync(join(root, 'tsdocker.db'));
    sql.exec('DROP TABLE endpoints; DROP TABLE networks; PRAGMA user_version = 3');
  }
  using store = openStore(root);
  expect(store.database.sql.prepare('PRAGMA user_version').get()).toEqual({ user_version: 4 });
  expect(listNetworks(store).map(({ name }) => name)).toEqual(['bridge', 'host', 'none']);
  const [networkId, containerId] = [findNetwork(store, 'bridge').id, 'c'.repeat(64)];
  addEndpoint(store, { networkId, containerId, settings: { order: 0, aliases: [] } });
  expect(endpointsOf(store, containerId)).toHaveLength(1);
  store.database.sql.prepare('DELETE FROM containers WHERE id = ?').run(containerId);
  expect(endpointsOf(store, containerId)).toEqual([]);
});

test('many processes that open an old store at once migrate it once', async () => {
  const image = await makeOldStore();
  const script = `
    const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/store/store.ts'))});
    const { listImages } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/store/images.ts'))});
    using store = openStore(${JSON.stringify(root)});
    process.stdout.write(String(listImages(store)[0].names.length));`;
  const ended = await Promise.all(
    Array.from({ length: 6 }, () =>
      promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '-e', script]),
    ),
  );
  expect(ended.map(({ stdout }) => stdout)).toEqual(Array(6).fill('3'));
  using store = openStore(root);
  expect(findImage(store, 'localhost/hello')).toEqual(image);
});

test.each([
  [5, 'version 5, and this tsdocker knows version 4'],
  [0, 'version 0'],
])('a database of version %i is refused and left alone', (version, message) => {
  using sql = new DatabaseSync(join(root, 'tsdocker.db'));
  sql.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = ${version}`);
  expect(() => openStore(root)).toThrow(message);
  expect(sql.prepare('PRAGMA user_version').get()).toEqual({ user_version: version });
});
