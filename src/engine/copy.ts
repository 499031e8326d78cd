// Copying between a container and the host (docker cp). Whatever is copied goes through a tar, which is what the other end of a pipe
// may be as well. Nothing of the container is executed, and no path in it is a path of ours (CVE-2019-14271, CVE-2018-15664).

import { setImmediate } from 'node:timers/promises';
import { type ArchiveInput, inflated, recognize } from '../archive/input.ts';
import { type Owner, tarPlace } from '../archive/tree-tar.ts';
import { openUnpacking, type Treatment, type UnpackPlace } from '../archive/unpack.ts';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { byteKernel } from '../layer/byte-names.ts';
import type { Entry } from '../layer/entry.ts';
import { createTarReader } from '../layer/tar/reader.ts';
import { hasProcesses } from '../store/bundles.ts';
import { findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import { interruptible } from '../store/interruptible.ts';
import type { Store } from '../store/store.ts';
import { type OpenedRoot, openContainerRoot } from './container-root.ts';
import {
  chooseDestination,
  cleanPath,
  containerSide,
  hostSide,
  inContainer,
  needDirectory,
  openSource,
} from './copy-paths.ts';

/** A path in a container. */
export interface ContainerPath {
  /** Name, id or the beginning of one. */
  readonly container: string;
  readonly path: string;
}

export interface CopyOptions {
  /** Owners, attributes and set-user-ID bits stay. Otherwise files belong to the container's root, or to whoever calls. */
  readonly archive?: boolean;
  /** Where the source is a link, what it leads to is copied. */
  readonly followLink?: boolean;
  readonly signal?: AbortSignal;
}

/** What a path in a container holds, as a tar. While it is read it throws `notFound`, `usage` and `conflict`. */
export async function* readFromContainer(
  store: Store,
  { container, path }: ContainerPath,
  { followLink = false, signal }: CopyOptions = {},
): AsyncGenerator<Uint8Array> {
  const listed = findContainer(store, container);
  using root = openContainerRoot(store, listed, { mounts: true });
  using source = openSource(containerSide(root, listed.record.name), cleanPath(path), followLink);
  yield* gently(tarPlace(source.place, source.base, { owner: root.owners.inside }), signal);
  containerEvent(store, listed.record, 'archive-path');
}

/** Copies to a path of the host; returns how many bytes of a tar that is. Throws `notFound`, `usage` and `conflict`. */
export async function copyFromContainer(
  store: Store,
  { container, path }: ContainerPath,
  to: string,
  { archive = false, followLink = false, signal }: CopyOptions = {},
): Promise<number> {
  const listed = findContainer(store, container);
  using root = openContainerRoot(store, listed, { mounts: true });
  using source = openSource(containerSide(root, listed.record.name), cleanPath(path), followLink);
  const { folder, name } = chooseDestination(hostSide, cleanPath(to, process.cwd()), source);
  const directory = byteKernel.openat(k.AT_FDCWD, folder, k.O_PATH | k.O_DIRECTORY);
  try {
    const place = { root: directory, path: '', resolve: k.RESOLVE_BENEATH | k.RESOLVE_NO_SYMLINKS };
    const pieces = tarPlace(source.place, name, { owner: root.owners.inside });
    const mine = { uid: process.geteuid!(), gid: process.getegid!() };
    const size = await unpack(gently(pieces, signal), place, archive ? asItIs : handedTo(mine));
    containerEvent(store, listed.record, 'archive-path');
    return size;
  } finally {
    kernel.close(directory);
  }
}

/** Copies a file or directory of the host into a container; the rest as copyFromContainer. */
export async function copyToContainer(
  store: Store,
  from: string,
  { container, path }: ContainerPath,
  { archive = false, followLink = false, signal }: CopyOptions = {},
): Promise<number> {
  using source = openSource(hostSide, cleanPath(from, process.cwd()), followLink);
  using target = openTarget(store, container);
  const { folder, name } = chooseDestination(target.side, cleanPath(path), source);
  const owner = archive ? undefined : { uid: 0, gid: 0 };
  return await target.fill(gently(tarPlace(source.place, name), signal), folder, owner);
}

/** Unpacks a tar, compressed or not, in a directory of a container, with the owners that it names. */
export async function unpackInContainer(
  store: Store,
  input: ArchiveInput,
  { container, path }: ContainerPath,
  { signal }: CopyOptions = {},
): Promise<number> {
  using target = openTarget(store, container);
  const folder = needDirectory(target.side, cleanPath(path));
  const given = signal === undefined || 'file' in input ? input : { pieces: interruptible(input.pieces, signal) };
  const { compression, all } = await recognize(given, 'the archive');
  return await target.fill(compression === 'none' ? all : inflated(all, compression), folder, undefined);
}

/** A container to be written to: held until `[Symbol.dispose]`. */
function openTarget(store: Store, container: string) {
  const listed = findContainer(store, container);
  const { record, state } = listed;
  const runs = hasProcesses(state);
  if (!runs && record.settings.options.readOnly) {
    throw new TsdockerError('conflict', `the root of the container ${record.name} is read-only`);
  }
  const root: OpenedRoot = openContainerRoot(store, listed, { mounts: true, writable: true });
  return {
    side: containerSide(root, record.name),
    async fill(pieces: AsyncIterable<Uint8Array>, folder: string, owner: Owner | undefined): Promise<number> {
      const place = { root: root.descriptor, path: folder, resolve: inContainer };
      const treat = owner === undefined ? asItIs : handedTo(owner);
      const size = await unpack(
        pieces,
        place,
        (entry) => {
          const treated = treat(entry);
          return { ...treated, ...root.owners.outside(treated) };
        },
        root.write,
      );
      containerEvent(store, record, 'extract-to-dir');
      return size;
    },
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}

const asItIs: Treatment = (entry) => entry;

/**
 * ATTACK: a program of a container that runs as its owner, or has capabilities, would do so for another one who owns it now: a copy
 * that root took home would be a way to root for everybody.
 */
const handedTo =
  (owner: Owner): Treatment =>
  ({ mode, attributes, type }: Entry) => ({
    ...owner,
    mode: type === 'file' ? mode & 0o777 : mode,
    attributes: attributes.filter(({ name }) => name.startsWith('user.')),
  });

/** Signals have their turn between the pieces. */
async function* gently(pieces: Iterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    signal?.throwIfAborted();
    yield piece;
    await setImmediate();
  }
}

/** @param write Does what makes files. */
async function unpack(
  pieces: AsyncIterable<Uint8Array>,
  place: UnpackPlace,
  treat: Treatment,
  write: OpenedRoot['write'] = (action) => action(),
): Promise<number> {
  using sink = openUnpacking(place, treat);
  const reader = createTarReader(sink);
  let size = 0;
  for await (const piece of pieces) {
    write(() => reader.write(piece));
    size += piece.byteLength;
  }
  reader.end();
  write(() => sink.finish());
  return size;
}
