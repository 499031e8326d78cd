// The embedded images: built from the recipes in images/, without a network, reproducibly: the same files give the same
// digests (image-spec manifest.md, config.md, layer.md). A recipe is an image source like a registry; the rest is a pull.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Recipe, RecipeEntry } from '../../images/recipe.ts';
import { TsdockerError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { mediaTypes } from '../image/media-types.ts';
import { hostPlatform } from '../image/platform.ts';
import { familiarName, formatReference, type Reference } from '../image/reference.ts';
import type { Document, ImageSource } from '../registry/image-source.ts';
import { findImage, type StoredImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { pullImage } from './pull.ts';

interface Embedded {
  /** Throws what node:fs throws where a part of it is missing. */
  readonly read: () => Promise<Recipe>;
  /** What to do about that. */
  readonly hint: string;
}

/** The folder with the recipes, from the sources and from the bundle alike (tools/bundle.ts). */
const recipes = join(import.meta.dirname, '../../images');

/** By repository of the registry `localhost`, where nobody's registry can answer in their place. */
export const embeddedImages: Readonly<Record<string, Embedded>> = {
  busybox: {
    read: async () => (await import('../../images/busybox.ts')).busybox(),
    hint: 'apt install busybox-static',
  },
  hello: {
    read: async () => (await import('../../images/hello.ts')).hello(recipes),
    hint: 'npm run build',
  },
};

export function isEmbedded({ domain, path, tag, digest }: Reference): boolean {
  return domain === 'localhost' && Object.hasOwn(embeddedImages, path) && tag === 'latest' && digest === undefined;
}

/** Builds the embedded image of that name into the store. Throws `notFound` where the machine lacks what it is made of. */
export async function buildEmbedded(store: Store, reference: Reference): Promise<StoredImage> {
  const { read, hint } = embeddedImages[reference.path]!;
  const recipe = await read().catch((cause: Error) => {
    throw new TsdockerError('notFound', `cannot build ${familiarName(reference)}: ${cause.message}`, { cause, hint });
  });
  const source = sourceOf(await packEntries(recipe.entries), recipe);
  await pullImage(store, source, reference, { platform: hostPlatform() });
  return findImage(store, formatReference(reference))!;
}

/** The layer's tar: sorted, owned by root, of the time 0. */
function packEntries(entries: readonly RecipeEntry[]): Promise<Uint8Array> {
  const tar = pack();
  const mtime = new Date(0);
  for (const entry of entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const { kind, path } = entry;
    if (kind === 'link') tar.entry({ name: path, type: 'symlink', linkname: entry.target, mode: 0o777, mtime });
    else if (kind === 'folder') tar.entry({ name: `${path}/`, type: 'directory', mode: entry.mode, mtime });
    else tar.entry({ name: path, type: 'file', mode: entry.mode, mtime }, Buffer.from(entry.content));
  }
  tar.finalize();
  return buffer(tar as unknown as AsyncIterable<Uint8Array>);
}

const sha256 = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

function document(mediaType: string, value: unknown): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.byteLength }, bytes };
}

function sourceOf(tar: Uint8Array, { env, command }: Recipe): ImageSource {
  const blob = gzipSync(tar, { level: 9 });
  const layer: Descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: sha256(blob), size: blob.byteLength };
  const created = new Date(0).toISOString();
  const config = document(mediaTypes.ociConfig, {
    created,
    ...hostPlatform(),
    config: { Env: env, Cmd: command, WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
    history: [{ created, created_by: 'tsdocker' }],
  });
  const manifest = document(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers: [layer],
  });
  return {
    resolve: async () => ({ manifest, config, layers: [layer] }),
    async *openBlob(_layer, from = 0) {
      yield blob.subarray(from);
    },
  };
}
