// The rows of `images`: one for each name, newest images first, as Docker's CLI lays them out.
import type { Digest } from '../image/digest.ts';
import { familiarRepository, parseReference } from '../image/reference.ts';
import { type ListedImage, listImages } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { compileFilters, createdAt, type ImageFilter } from './image-filters.ts';
import { groupImages, type ImageGroup } from './remove-image.ts';

export interface ImageRow {
  /** Familiar; undefined for an image without a name. */
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly id: Digest;
  /** Milliseconds since the epoch; 0 where the image does not say. */
  readonly createdAt: number;
  /** Bytes, unpacked. */
  readonly size: number;
}

export interface ListOptions {
  readonly filters: readonly string[];
  /** A row for each digest too. */
  readonly digests: boolean;
  readonly now: number;
}

/** Throws what compileFilters throws. */
export function imageRows(store: Store, { filters, digests, now }: ListOptions): ImageRow[] {
  const known = ['dangling', 'label', 'before', 'since', 'until', 'reference'] as const;
  const filter = compileFilters(store, filters, known, now);
  return groupImages(listImages(store))
    .filter(({ images }) => filter.passes(images[0]!))
    .sort((a, b) => createdAt(b.images[0]!) - createdAt(a.images[0]!))
    .flatMap((group) => rowsOf(group, filter, digests));
}

/** An image without a name is dangling; one with digests only is not, and has a row for its repository. */
function rowsOf(group: ImageGroup, filter: ImageFilter, digests: boolean): ImageRow[] {
  const image: ListedImage = group.images[0]!;
  const facts = { id: group.id, createdAt: createdAt(image), size: image.size };
  const isDangling = group.names.length === 0;
  if (filter.dangling !== undefined && filter.dangling !== isDangling) return [];
  if (isDangling) return filter.byName ? [] : [facts];
  const parsed = group.names.filter((name) => filter.passesName(name)).map((name) => parseReference(name));
  return [...Map.groupBy(parsed, familiarRepository)].flatMap(([repository, references]) => {
    const tags = references.flatMap(({ tag }) => (tag === undefined ? [] : [tag])).sort();
    const known = references.flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
    const shown = digests && known.length > 0 ? known : [undefined];
    return (tags.length > 0 ? tags : [undefined]).flatMap((tag) =>
      shown.map((digest) => ({
        repository,
        ...(tag === undefined ? {} : { tag }),
        ...(digest === undefined ? {} : { digest }),
        ...facts,
      })),
    );
  });
}
