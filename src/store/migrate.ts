// From older versions of the database to this one, step by step. Runs inside a transaction of whoever opens an old store first;
// what a name meant, and every container, stays.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type ChainID, type Digest, digestAlgorithm, digestHex } from '../image/digest.ts';
import { parseDocument } from '../image/manifest.ts';
import { layerUsage } from './disk-usage.ts';
import { imageTables, networkTables, version } from './schema.ts';
import type { Store } from './store.ts';

/** @param from The version that the database has. @returns The one that it then has. */
export function migrate(sql: DatabaseSync, root: string, from: number): number {
  if (from < 2) separateNames(sql, root);
  if (from < 3) {
    sql.exec(`ALTER TABLE containers ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'`);
    joinEndings(root);
  }
  if (from < 4) sql.exec(networkTables);
  sql.exec(`PRAGMA user_version = ${version}`);
  return version;
}

/** In version 1 a row of images was a name, with the image repeated in it. */
function separateNames(sql: DatabaseSync, root: string): void {
  sql.exec(`ALTER TABLE images RENAME TO old_images; ${imageTables}
    ALTER TABLE containers ADD COLUMN image_digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE containers ADD COLUMN chain TEXT NOT NULL DEFAULT '[]';
    UPDATE containers SET image_digest = old.manifest_digest, chain = old.chain
      FROM old_images AS old WHERE old.reference = containers.image`);
  const addImage = sql.prepare('INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const addName = sql.prepare('INSERT OR IGNORE INTO names VALUES (?, ?)');
  for (const row of sql.prepare('SELECT * FROM old_images').all()) {
    const { reference, manifest_digest, manifest_media_type, manifest_size, config_digest, created, chain } =
      row as Record<string, string>;
    const layers = JSON.stringify(layersOf(root, manifest_digest as Digest));
    const size = sizeOf(root, JSON.parse(chain!));
    addImage.run(
      manifest_digest!,
      manifest_media_type!,
      manifest_size!,
      config_digest!,
      created!,
      chain!,
      layers,
      size,
    );
    // As in Docker, a name with a tag and a digest is the digest's.
    addName.run(reference!.replace(/:[^/:@]+(?=@)/, ''), manifest_digest!);
  }
  sql.exec('DROP TABLE old_images');
}

/** The blobs of the layers, from the manifest; none where it cannot be read, and then the blobs are not kept. */
function layersOf(root: string, manifest: Digest): { digest: Digest; size: number }[] {
  try {
    const document = parseDocument(
      readFileSync(join(root, 'image/blobs', digestAlgorithm(manifest), digestHex(manifest))),
    );
    return document.kind === 'manifest' ? document.layers.map(({ digest, size }) => ({ digest, size })) : [];
  } catch {
    return [];
  }
}

function sizeOf(root: string, chain: readonly ChainID[]): number {
  const store = { paths: { layer: join(root, 'layer') } } as Store;
  return chain.reduce((sum, id) => sum + layerUsage(store, id).content, 0);
}

/** What is in the state of a bundle now were two files, `started` and `exit`. */
function joinEndings(root: string): void {
  const containers = join(root, 'container');
  for (const id of existsSync(containers) ? readdirSync(containers) : []) {
    const read = (name: string) =>
      JSON.parse(readFileSync(join(containers, id, name), 'utf8')) as Record<string, unknown>;
    try {
      const { at } = read('started');
      writeFileSync(
        join(containers, id, 'state'),
        JSON.stringify({ status: 'exited', startedAt: at, ...read('exit') }),
      );
    } catch {
      // it runs, or was never started
    }
  }
}
