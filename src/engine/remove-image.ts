// Removing images by name or id, by Docker's rules (`docker rmi --help`; moby's ImageDelete is what it does): a name goes; with the
// last one goes the image, unless a container uses it. Manifests of one id are one image to people, and go together.
import { TsdockerError } from '../error.ts';
import { type Digest, digestHex } from '../image/digest.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import { neededBy } from '../store/garbage.ts';
import { findRecord, type ListedImage, listImages } from '../store/images.ts';
import { changeImages, dropImage, dropName } from '../store/record-image.ts';
import type { Store } from '../store/store.ts';
import { collectGarbage } from './collect.ts';
import { removalEvents } from './image-event.ts';

/** A line of what was done: a name in its familiar form, or the digest of an image or layer. */
export interface Removed {
  readonly action: 'untagged' | 'deleted';
  readonly what: string;
}

/** An image as people know it: all manifests of one id. */
export interface ImageGroup {
  readonly id: Digest;
  readonly images: readonly ListedImage[];
  /** Tags first. */
  readonly names: readonly string[];
}

export function groupImages(images: readonly ListedImage[]): ImageGroup[] {
  const groups = Map.groupBy(images, ({ configDigest }) => configDigest);
  return [...groups].map(([id, members]) => ({ id, images: members, names: members.flatMap(({ names }) => names) }));
}

/**
 * Removes one image, or one of its names, and what only it needed. Throws `notFound`, and `conflict` where a container uses
 * it or, by its id, it has several names; `force` allows all that but a container that runs.
 */
export function removeImage(store: Store, text: string, { force }: { force: boolean }): Removed[] {
  const { id, removed, gone } = changeImages(store, () => {
    const { image, name } = findRecord(store, text);
    const group = groupImages(listImages(store)).find(({ id }) => id === image.configDigest)!;
    const users = usersOf(store, group);
    const outcome = name === undefined ? byId(store, group, users, force) : byName(store, group, name, users, force);
    return { id: group.id, ...outcome };
  });
  removalEvents(store, id, removed);
  return [...removed, ...deleteContent(store, gone)];
}

/** Inside `changeImages`: forgets an image with all its names. */
export function dropGroup(store: Store, { id, images, names }: ImageGroup): Removed[] {
  for (const { manifest } of images) dropImage(store, manifest.digest);
  return [...untagged(names), { action: 'deleted', what: id }];
}

/** Removes the layers and blobs of images that are no longer recorded. The upper layers come first, as in Docker. */
export function deleteContent(store: Store, gone: readonly ListedImage[]): Removed[] {
  if (gone.length === 0) return [];
  const needed = gone.map(neededBy);
  const chains = [...new Set(needed.flatMap(({ chain }) => chain.toReversed()))];
  const collected = collectGarbage(store, { blobs: needed.flatMap(({ digests }) => digests), layers: chains });
  const layers = new Set(collected.layers);
  return chains.filter((id) => layers.has(id)).map((what) => ({ action: 'deleted', what }));
}

export function usersOf(store: Store, { images }: ImageGroup): ListedContainer[] {
  const digests = new Set<string>(images.map(({ manifest }) => manifest.digest));
  return listContainers(store).filter(({ record }) => digests.has(record.imageDigest));
}

interface Outcome {
  readonly removed: readonly Removed[];
  /** What is no longer recorded. */
  readonly gone: readonly ListedImage[];
}

const familiar = (name: string): string => familiarName(parseReference(name));
const untagged = (names: readonly string[]): Removed[] =>
  names.map((name) => ({ action: 'untagged', what: familiar(name) }));

const isTag = (name: string): boolean => !name.includes('@');
const repositoryOf = (name: string): string =>
  isTag(name) ? name.slice(0, name.lastIndexOf(':')) : name.split('@')[0]!;

/** At most one tag, and all names in its repository. */
const isSingle = (names: readonly string[]): boolean =>
  names.filter(isTag).length <= 1 && new Set(names.map(repositoryOf)).size <= 1;

const isRunning = ({ state }: ListedContainer): boolean => state.status === 'running' || state.status === 'creating';

const short = (id: string): string => digestHex(id as Digest).slice(0, 12);

function byName(
  store: Store,
  group: ImageGroup,
  name: string,
  users: readonly ListedContainer[],
  force: boolean,
): Outcome {
  if (!force && isSingle(group.names)) refuseUse(`the name ${familiar(name)}`, users, name);
  const rest = group.names.filter((other) => other !== name);
  // With the last tag of a repository go the digests that it was known by there.
  const stale = isTag(name) && !rest.some((other) => isTag(other) && repositoryOf(other) === repositoryOf(name));
  const digests = stale ? rest.filter((other) => repositoryOf(other) === repositoryOf(name)) : [];
  const names = [name, ...digests];
  for (const each of names) dropName(store, each);
  // A container that runs keeps the image even from force: it stays without a name.
  if (rest.length > digests.length || users.some(isRunning)) return { removed: untagged(names), gone: [] };
  return { removed: [...untagged(names), ...dropGroup(store, { ...group, names: [] })], gone: group.images };
}

function byId(store: Store, group: ImageGroup, users: readonly ListedContainer[], force: boolean): Outcome {
  const what = `the image ${short(group.id)}`;
  if (!force && !isSingle(group.names)) {
    throw new TsdockerError('conflict', `${what} has several names`, {
      hint: `they are ${group.names.map(familiar).join(', ')}; remove them one by one, or all with -f`,
    });
  }
  const blocking = force ? users.filter(isRunning) : users;
  refuseUse(what, blocking, group.id);
  return { removed: dropGroup(store, group), gone: group.images };
}

function refuseUse(what: string, users: readonly ListedContainer[], text: string): void {
  const user = users.find(isRunning) ?? users[0];
  if (user === undefined) return;
  const running = isRunning(user);
  const shown = text.startsWith('sha256:') ? short(text) : familiar(text);
  throw new TsdockerError(
    'conflict',
    `cannot remove ${what}: the ${running ? 'running' : 'stopped'} container ${user.record.name} uses it`,
    {
      hint: running
        ? `remove the container first: tsdocker rm -f ${user.record.name}`
        : `remove the container first, or use tsdocker rmi -f ${shown}`,
    },
  );
}
