// Commit: from what a container changed to a layer on top of its image (image-spec layer.md, config.md), by the way of a pull, as an
// import does. The layer is read from the container's upper directory, which is never mounted for that.
import { setImmediate } from 'node:timers/promises';
import { type LayerTar, openLayerTar } from '../archive/layer-tar.ts';
import { layerTypes } from '../archive/layer-types.ts';
import { tarTree } from '../archive/tree-tar.ts';
import { TsdockerError } from '../error.ts';
import { applyChanges, type ExecutionFields } from '../image/change.ts';
import { parseImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { type Manifest, parseDocument } from '../image/manifest.ts';
import { layerCompression, mediaTypes } from '../image/media-types.ts';
import { statedPlatform } from '../image/platform.ts';
import { familiarName, type Reference } from '../image/reference.ts';
import { treeChanges } from '../layer/changes.ts';
import { openBlob, readBlob } from '../store/blobs.ts';
import { type ContainerRecord, findContainer, type ListedContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import { readImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { launchPlaces, openUpper } from './container-changes.ts';
import { layersOf } from './container-layers.ts';
import { document } from './document.ts';
import { containerConfig } from './inspect/container-config.ts';
import { pullImage } from './pull.ts';
import { setPaused } from './shim.ts';
import { openView } from './view.ts';

export interface CommitOptions {
  readonly author: string;
  /** What the history of the image says. */
  readonly message: string;
  /** Dockerfile instructions, such as `CMD ["/bin/sh"]`. */
  readonly changes: readonly string[];
  /** No process of the container runs while its files are read. */
  readonly pause: boolean;
  readonly created: Date;
  readonly signal?: AbortSignal;
}

/**
 * Makes an image and returns its id. Throws `notFound`; `usage` for a change that makes no sense, before anything is read; `conflict`
 * where the container's image is gone.
 */
export async function commitContainer(
  store: Store,
  text: string,
  reference: Reference | undefined,
  { author, message: comment, changes, pause, created: now, signal }: CommitOptions,
): Promise<Digest> {
  const listed = findContainer(store, text);
  const { record } = listed;
  const base = readBase(store, record);
  const config = applyChanges(executionOf(record, base.fields), changes);
  await using layer = await whilePaused(store, listed, pause, () => readLayer(store, record, signal));
  const created = now.toISOString();
  const layers = [...base.layers, layer.descriptor];
  const { fields } = base;
  const command = [record.settings.options.command, record.command].find((words) => words.length > 0) ?? [];
  const image = document(mediaTypes.ociConfig, {
    ...fields,
    created,
    ...(author === '' ? {} : { author }),
    config,
    rootfs: { type: 'layers', diff_ids: [...base.diffIDs, layer.diffID] },
    history: [
      ...base.history,
      { created, ...(author === '' ? {} : { author }), created_by: command.join(' '), ...(comment && { comment }) },
    ],
  });
  const manifest = document(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: image.descriptor,
    layers,
  });
  const source = {
    resolve: async () => ({ manifest, config: image, layers }),
    openBlob: (blob: Descriptor, from?: number) =>
      blob.digest === layer.descriptor.digest ? layer.stream(from) : openBlob(store, blob),
  };
  await pullImage(store, source, reference, { platform: base.platform, ...(signal && { signal }) });
  const { digest } = image.descriptor;
  containerEvent(store, record, 'commit', {
    comment,
    imageID: digest,
    imageRef: reference === undefined ? '' : familiarName(reference),
  });
  return digest;
}

/** The image that the container was made of, with all that its config says. */
function readBase(store: Store, { name, imageDigest }: ContainerRecord) {
  const image = imageDigest === '' ? undefined : readImage(store, imageDigest);
  if (image === undefined) {
    throw new TsdockerError('conflict', `the image of the container ${name} is gone`, {
      hint: `its files can be had as an image: tsdocker export ${name} | tsdocker import - NAME`,
    });
  }
  const bytes = readBlob(store, { digest: image.configDigest });
  const { architecture, os, variant, rootfs } = parseImageConfig(bytes);
  const fields: Readonly<Record<string, unknown>> = JSON.parse(Buffer.from(bytes).toString());
  const { layers } = parseDocument(readBlob(store, image.manifest), image.manifest.mediaType) as Manifest;
  return {
    fields,
    platform: statedPlatform(os, architecture, variant),
    diffIDs: rootfs.diff_ids,
    history: Array.isArray(fields.history) ? fields.history : [],
    // Docker's own media types say the same of the same bytes, and do not belong into a manifest of OCI.
    layers: layers.map(({ mediaType, digest, size }) => ({
      mediaType: layerTypes[layerCompression(mediaType)],
      digest,
      size,
    })),
  };
}

/** What only the container has, and no image. */
const ofContainer = new Set([
  ...['Hostname', 'Domainname', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'Tty', 'OpenStdin', 'StdinOnce'],
  ...['Image', 'OnBuild', 'StopTimeout'],
]);

/** How the container was run: as its image says, and as it was asked for. */
function executionOf({ settings }: ContainerRecord, fields: Readonly<Record<string, unknown>>): ExecutionFields {
  const image = parseImageConfig(Buffer.from(JSON.stringify(fields))).config;
  const known = containerConfig(settings.options, image, { image: '', hostname: '' });
  const own = Object.entries(known)
    .filter(([name, value]) => !ofContainer.has(name) && value !== null && value !== '')
    .map(([name, value]) => [name, value instanceof Map ? Object.fromEntries(value) : value]);
  return Object.fromEntries(own) as ExecutionFields;
}

async function whilePaused<T>(
  store: Store,
  { record, state }: ListedContainer,
  pause: boolean,
  action: () => Promise<T>,
): Promise<T> {
  const isOurs = pause && state.status === 'running' && setPaused(store, record, true);
  if (isOurs) containerEvent(store, record, 'pause');
  try {
    return await action();
  } finally {
    if (isOurs && setPaused(store, record, false)) containerEvent(store, record, 'unpause');
  }
}

/** The upper directory as a layer's tar, without what a launch makes there. */
async function readLayer(store: Store, record: ContainerRecord, signal: AbortSignal | undefined): Promise<LayerTar> {
  using lower = openView(store, layersOf(store, record));
  using upper = openUpper(store, record);
  const changed = new Set<string>();
  for (const { path } of treeChanges(upper.descriptor, lower.descriptor, launchPlaces)) {
    if (launchPlaces.has(path)) changed.add(path);
  }
  const omits = (path: string): boolean => launchPlaces.has(path) && !changed.has(path);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const piece of tarTree(upper.descriptor, { isLayer: true, omits })) {
      signal?.throwIfAborted();
      yield piece;
      await setImmediate();
    }
  }
  return await openLayerTar({ pieces: pieces() }, store.paths.tmp);
}
