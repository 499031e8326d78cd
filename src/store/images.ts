// The images of a store: a row each in the database, their documents as blobs of the OCI image layout beside it
// (image-spec image-layout.md). Reading an image is on the way of `run`: one SELECT and one file.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { type ImageConfig, parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type ChainID, type Digest, digestHex, parseDigest } from '../image/digest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { formatReference, parseReference } from '../image/reference.ts';
import { blobPath } from './blob-path.ts';
import { layerFolder } from './layer-folder.ts';
import type { Store } from './store.ts';

export interface StoredImage {
  /** As formatReference writes it. */
  readonly reference: string;
  readonly manifestDigest: Digest;
  /** What people know as the image's id. */
  readonly configDigest: Digest;
  readonly config: ImageConfig;
  /** Directories with the layers' files, the topmost first, as overlayfs wants them. */
  readonly layers: readonly string[];
}

/** What `recordImage` keeps of an image. */
export interface ImageRecord {
  /** As formatReference writes it. */
  readonly reference: string;
  readonly manifest: Descriptor;
  readonly configDigest: Digest;
  /** RFC 3339, from the config; empty where it does not say. */
  readonly created: string;
  /** The lowest first. */
  readonly chain: readonly ChainID[];
}

/** Finds an image by what a person wrote: a reference, or the beginning of an id. Throws `conflict` for an ambiguous id. */
export function findImage(store: Store, name: string): StoredImage | undefined {
  const row = findByReference(store, name) ?? findById(store, name);
  if (row === undefined) return undefined;
  const { reference, manifest, configDigest, chain } = toRecord(row);
  return {
    reference,
    manifestDigest: manifest.digest,
    configDigest,
    config: parseImageConfig(readFileSync(blobPath(store, configDigest))),
    layers: chain.map((id) => join(layerFolder(store, id), 'fs')).reverse(),
  };
}

/** All images, by reference. */
export function listImages(store: Store): ImageRecord[] {
  return store.database.sql.prepare('SELECT * FROM images ORDER BY reference').all().map(toRecord);
}

/** Gives an image its name, takes the name from the image that had it, and writes index.json anew. */
export function recordImage(store: Store, image: ImageRecord): void {
  const { sql } = store.database;
  const { reference, manifest, configDigest, created, chain } = image;
  store.database.transaction(() => {
    sql
      .prepare('INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(reference, manifest.digest, manifest.mediaType, manifest.size, configDigest, created, JSON.stringify(chain));
    // Under the writers' lock, or an older list could replace a newer one.
    writeIndex(store, listImages(store));
  });
}

type Row = Readonly<Record<string, unknown>>;

function toRecord(row: Row): ImageRecord {
  return {
    reference: row.reference as string,
    manifest: {
      mediaType: row.manifest_media_type as string,
      digest: row.manifest_digest as Digest,
      size: row.manifest_size as number,
    },
    configDigest: row.config_digest as Digest,
    created: row.created as string,
    chain: (JSON.parse(row.chain as string) as unknown[]).map((id) => parseDigest(id) as ChainID),
  };
}

function findByReference(store: Store, name: string): Row | undefined {
  let reference: string;
  try {
    reference = formatReference(parseReference(name));
  } catch {
    return undefined; // an id, perhaps
  }
  return store.database.sql.prepare('SELECT * FROM images WHERE reference = ?').get(reference);
}

function findById(store: Store, name: string): Row | undefined {
  const [, hex] = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(name) ?? [];
  if (hex === undefined) return undefined;
  const rows = store.database.sql
    .prepare('SELECT * FROM images WHERE config_digest GLOB ?1 OR manifest_digest GLOB ?1 ORDER BY reference')
    .all(`sha256:${hex}*`);
  if (new Set(rows.map((row) => row.manifest_digest)).size > 1) {
    throw new TsdockerError('conflict', `the image id ${hex} is ambiguous`, {
      hint: `it begins ${rows.map((row) => digestHex(row.config_digest as Digest).slice(0, 16)).join(' and ')}`,
    });
  }
  return rows[0];
}

function writeIndex(store: Store, images: readonly ImageRecord[]): void {
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: images.map(({ reference, manifest }) => ({
      ...manifest,
      annotations: { 'org.opencontainers.image.ref.name': reference },
    })),
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
