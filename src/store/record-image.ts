// Changes to the images of a store and to their names, each inside a transaction, and index.json of the OCI image layout
// written anew with it (image-spec image-layout.md, "index.json file"): whoever reads the layout sees what the database says.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../image/digest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { layerUsage } from './disk-usage.ts';
import { type ImageRecord, type ListedImage, listImages } from './images.ts';
import type { Store } from './store.ts';

/** Keeps an image and gives it its names; the images that had them stay, without. */
export function recordImage(store: Store, image: ImageRecord): void {
  const { names, manifest, configDigest, created, chain, layers } = image;
  const size = chain.reduce((sum, id) => sum + layerUsage(store, id).content, 0);
  changeImages(store, () => {
    store.database.sql
      .prepare('INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        manifest.digest,
        manifest.mediaType,
        manifest.size,
        configDigest,
        created,
        JSON.stringify(chain),
        JSON.stringify(layers),
        size,
      );
    for (const name of names) giveName(store, name, manifest.digest);
  });
}

/** Does what changes images or names alone among all writers, and writes index.json after it. */
export function changeImages<T>(store: Store, change: () => T): T {
  return store.database.transaction(() => {
    const result = change();
    // Under the writers' lock, or an older list could replace a newer one.
    writeIndex(store, listImages(store));
    return result;
  });
}

/** Inside `changeImages`: takes the name from whoever had it. */
export function giveName(store: Store, name: string, manifest: Digest): void {
  store.database.sql.prepare('INSERT OR REPLACE INTO names VALUES (?, ?)').run(name, manifest);
}

/** Inside `changeImages`. */
export function dropName(store: Store, name: string): void {
  store.database.sql.prepare('DELETE FROM names WHERE reference = ?').run(name);
}

/** Inside `changeImages`: forgets the image and its names. What it was made of is garbage from then on. */
export function dropImage(store: Store, manifest: Digest): void {
  store.database.sql.prepare('DELETE FROM names WHERE manifest_digest = ?').run(manifest);
  store.database.sql.prepare('DELETE FROM images WHERE manifest_digest = ?').run(manifest);
}

function writeIndex(store: Store, images: readonly ListedImage[]): void {
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: images.flatMap(({ names, manifest }) =>
      names.length === 0
        ? [manifest]
        : names.map((name) => ({ ...manifest, annotations: { 'org.opencontainers.image.ref.name': name } })),
    ),
  };
  const path = join(store.paths.image, 'index.json');
  const unfinished = join(store.paths.tmp, 'index.json'); // one writer at a time: the caller holds the database's lock
  const file = openSync(unfinished, 'w');
  try {
    writeSync(file, JSON.stringify(index));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}
