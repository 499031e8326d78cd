// The images of a store: a row each in the database, their documents as blobs of the OCI image layout beside it
// (image-spec image-layout.md), and their names in a table of their own. Finding an image is on the way of `run`: two
// SELECTs and one file.
import { readFileSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import { type ImageConfig, parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type ChainID, type Digest, digestHex, parseDigest } from '../image/digest.ts';
import { parseReference } from '../image/reference.ts';
import { findLayer, type LayerPlace } from '../layer/place.ts';
import { blobPath } from './blob-path.ts';
import type { Store } from './store.ts';

export interface StoredImage {
  /** The name it was found by, or its first one; the id of an image without any. */
  readonly reference: string;
  readonly manifestDigest: Digest;
  /** What people know as the image's id. */
  readonly configDigest: Digest;
  readonly config: ImageConfig;
  /** The topmost first, as overlayfs wants them. */
  readonly layers: readonly LayerPlace[];
  /** The layers' names, the lowest first. */
  readonly chain: readonly ChainID[];
}

/** A blob that holds a layer. */
export interface LayerBlobRecord {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What `recordImage` keeps of an image. */
export interface ImageRecord {
  /** `domain/path:tag` and `domain/path@digest`, as namesOf writes them; the tags first. */
  readonly names: readonly string[];
  readonly manifest: Descriptor;
  readonly configDigest: Digest;
  /** RFC 3339, from the config; empty where it does not say. */
  readonly created: string;
  /** The lowest first, as all of them. */
  readonly chain: readonly ChainID[];
  readonly layers: readonly LayerBlobRecord[];
}

function layerAt(store: Store, id: ChainID): LayerPlace {
  const place = findLayer(store.paths.layer, id);
  if (place !== undefined) return place;
  throw new TsdockerError('corrupt', `the layer ${id} is missing from the store`, {
    hint: 'tsdocker image verify says which images need it; pulling one of them again brings it back',
  });
}

/** What the store says of an image. */
export interface ListedImage extends ImageRecord {
  /** What its layers take unpacked: bytes. */
  readonly size: number;
}

type Row = Readonly<Record<string, unknown>>;

/** Finds an image by what a person wrote: a reference, or the beginning of an id. Throws `conflict` for an ambiguous id. */
export function findImage(store: Store, name: string): StoredImage | undefined {
  const found = findByName(store, name) ?? findById(store, name);
  if (found === undefined) return undefined;
  const { row, reference } = found;
  const configDigest = row.config_digest as Digest;
  const chain = readChain(row);
  return {
    reference: reference ?? namesOfImage(store, row.manifest_digest as Digest)[0] ?? configDigest,
    manifestDigest: row.manifest_digest as Digest,
    configDigest,
    config: readConfig(store, configDigest),
    layers: chain.map((id) => layerAt(store, id)).reverse(),
    chain,
  };
}

/** Throws `corrupt`. */
export const readConfig = (store: Store, configDigest: Digest): ImageConfig =>
  parseImageConfig(readFileSync(blobPath(store, configDigest)));

/**
 * What the store says of an image, without a look at its files, and the name it was found by, if not by an id. Throws
 * `notFound`, and `conflict` for an ambiguous id.
 */
export function findRecord(store: Store, name: string): { image: ListedImage; name?: string } {
  const found = findByName(store, name) ?? findById(store, name);
  if (found === undefined) {
    throw new TsdockerError('notFound', `there is no image ${name} in the store`, {
      hint: 'tsdocker images lists them all',
    });
  }
  const { row, reference } = found;
  const image = toListed(row, namesOfImage(store, row.manifest_digest as Digest));
  return { image, ...(reference === undefined ? {} : { name: reference }) };
}

/** All images, by their first name; those without one last. */
export function listImages(store: Store): ListedImage[] {
  const { sql } = store.database;
  const names = new Map<string, string[]>();
  for (const row of sql.prepare('SELECT * FROM names').all()) {
    const image = row.manifest_digest as string;
    const list = names.get(image);
    if (list === undefined) names.set(image, [row.reference as string]);
    else list.push(row.reference as string);
  }
  return sql
    .prepare('SELECT * FROM images')
    .all()
    .map((row) => toListed(row, (names.get(row.manifest_digest as string) ?? []).sort(byKindAndName)))
    .sort((a, b) => byText(a.names[0] ?? '\uffff', b.names[0] ?? '\uffff'));
}

/** The image of a manifest, and `undefined` where it is not there. */
export function readImage(store: Store, manifest: Digest): ListedImage | undefined {
  const row = store.database.sql.prepare('SELECT * FROM images WHERE manifest_digest = ?').get(manifest);
  return row === undefined ? undefined : toListed(row, namesOfImage(store, manifest));
}

/** The names of an image, those with a tag first. */
export const namesOfImage = (store: Store, manifest: Digest): string[] =>
  store.database.sql
    .prepare('SELECT reference FROM names WHERE manifest_digest = ?')
    .all(manifest)
    .map(({ reference }) => reference as string)
    .sort(byKindAndName);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byKindAndName = (a: string, b: string): number =>
  Number(a.includes('@')) - Number(b.includes('@')) || byText(a, b);

const readChain = (row: Row): ChainID[] =>
  (JSON.parse(row.chain as string) as unknown[]).map((id) => parseDigest(id) as ChainID);

function toListed(row: Row, names: readonly string[]): ListedImage {
  return {
    names,
    manifest: {
      mediaType: row.manifest_media_type as string,
      digest: row.manifest_digest as Digest,
      size: row.manifest_size as number,
    },
    configDigest: row.config_digest as Digest,
    created: row.created as string,
    chain: readChain(row),
    layers: JSON.parse(row.layers as string),
    size: row.size as number,
  };
}

interface Found {
  readonly row: Row;
  readonly reference?: string;
}

const byReference = `SELECT images.*, names.reference FROM names JOIN images USING (manifest_digest)`;

function findByName(store: Store, name: string): Found | undefined {
  let wanted: ReturnType<typeof parseReference>;
  try {
    wanted = parseReference(name);
  } catch {
    return undefined; // an id, perhaps
  }
  const { domain, path, tag, digest } = wanted;
  const { sql } = store.database;
  const row =
    digest === undefined
      ? sql.prepare(`${byReference} WHERE reference = ?`).get(`${domain}/${path}:${tag}`)
      : (sql.prepare(`${byReference} WHERE reference = ?`).get(`${domain}/${path}@${digest}`) ??
        // The manifest of one platform is known by its own digest too, where its repository is.
        sql
          .prepare(`${byReference} WHERE manifest_digest = ?1 AND (reference GLOB ?2 OR reference GLOB ?3) LIMIT 1`)
          .get(digest, `${domain}/${path}:*`, `${domain}/${path}@*`));
  return row === undefined ? undefined : { row, reference: row.reference as string };
}

/** By the beginning of an id, or of a manifest's digest. Images of one id are one to people: any of them, a named one first. */
function findById(store: Store, name: string): Found | undefined {
  const [, hex] = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(name) ?? [];
  if (hex === undefined) return undefined;
  const rows = store.database.sql
    .prepare(
      `SELECT * FROM images WHERE config_digest GLOB ?1 OR manifest_digest GLOB ?1
        ORDER BY (SELECT min(reference) FROM names WHERE names.manifest_digest = images.manifest_digest) NULLS LAST`,
    )
    .all(`sha256:${hex}*`);
  const meant = (row: Row): string =>
    (row.config_digest as string).startsWith(`sha256:${hex}`)
      ? (row.config_digest as string)
      : (row.manifest_digest as string);
  if (new Set(rows.map(meant)).size > 1) {
    throw new TsdockerError('conflict', `the image id ${hex} is ambiguous`, {
      hint: `it begins ${[...new Set(rows.map(meant))].map((id) => digestHex(id as Digest).slice(0, 16)).join(' and ')}`,
    });
  }
  return rows[0] === undefined ? undefined : { row: rows[0] };
}
