// How much room images and containers take on the disk, and how much of it nobody would miss: what `system df` tells.
import type { ChainID, Digest } from '../image/digest.ts';
import { bundlePath } from '../store/bundles.ts';
import { type ListedContainer, listContainers } from '../store/containers.ts';
import { blobUsage, contentUsage, layerUsage, usageOf } from '../store/disk-usage.ts';
import { neededBy } from '../store/garbage.ts';
import { type ListedImage, listImages } from '../store/images.ts';
import type { Store } from '../store/store.ts';

/** Bytes on the disk, all of them. */
export interface ImageRoom {
  readonly image: ListedImage;
  readonly size: number;
  /** Of what other images have as well. */
  readonly shared: number;
  readonly containers: number;
}

export interface ContainerRoom {
  readonly container: ListedContainer;
  /** What it has written, and its own few files. */
  readonly size: number;
}

export interface DiskReport {
  readonly images: readonly ImageRoom[];
  readonly containers: readonly ContainerRoom[];
  /** All blobs and layers, those of no image too. */
  readonly imagesSize: number;
  /** Of which a container’s image needs none. */
  readonly imagesReclaimable: number;
}

export function reportDisk(store: Store): DiskReport {
  const containers = listContainers(store);
  const images = listImages(store);
  const size = new Map<string, number>();
  const owners = new Map<string, number>();
  for (const part of images.flatMap((image) => [...partsOf(image)])) owners.set(part, (owners.get(part) ?? 0) + 1);
  for (const part of [...owners.keys(), ...containers.flatMap(({ record }) => record.chain.map(layerPart))]) {
    if (!size.has(part)) size.set(part, measure(store, part));
  }
  const sum = (parts: Iterable<string>): number => [...parts].reduce((total, part) => total + (size.get(part) ?? 0), 0);

  const needed = new Set(containers.flatMap(({ record }) => record.chain.map(layerPart)));
  const rooms = images.map((image) => {
    const parts = partsOf(image);
    const users = containers.filter(({ record }) => record.imageDigest === image.manifest.digest).length;
    if (users > 0) for (const part of parts) needed.add(part);
    const shared = sum([...parts].filter((part) => owners.get(part)! > 1));
    return { image, size: sum(parts), shared, containers: users };
  });
  const imagesSize = contentUsage(store).disk;
  return {
    images: rooms,
    containers: containers.map((container) => ({
      container,
      size: usageOf(bundlePath(store, container.record.id)).disk,
    })),
    imagesSize,
    imagesReclaimable: Math.max(0, imagesSize - sum(needed)),
  };
}

const layerPart = (chain: ChainID): string => `layer ${chain}`;

/** What an image is made of, each once: blobs and layers of one digest are two things. */
function partsOf(image: ListedImage): Set<string> {
  const { digests, chain } = neededBy(image);
  return new Set([...digests.map((digest) => `blob ${digest}`), ...chain.map(layerPart)]);
}

function measure(store: Store, part: string): number {
  const [kind, digest] = part.split(' ');
  return (kind === 'layer' ? layerUsage(store, digest as ChainID) : blobUsage(store, digest as Digest)).disk;
}
