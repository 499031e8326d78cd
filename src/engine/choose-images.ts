// Which images people mean who want several in one archive, and under which names.
import { parseReference } from '../image/reference.ts';
import { findRecord, type ListedImage, listImages } from '../store/images.ts';
import type { Store } from '../store/store.ts';

export interface ChosenImage {
  readonly image: ListedImage;
  /** Those with a tag by which it was asked for, sorted; none for an image that was asked for by its id or a digest. */
  readonly names: readonly string[];
}

/**
 * Each image once, in an order that depends on nothing but the images. A repository without a tag means all tags of it. Throws
 * `notFound`, and `conflict` for an ambiguous id.
 */
export function chooseImages(store: Store, wanted: readonly string[]): ChosenImage[] {
  const chosen = new Map<string, { image: ListedImage; names: Set<string> }>();
  const choose = (image: ListedImage, name?: string): void => {
    const one = chosen.get(image.manifest.digest) ?? { image, names: new Set() };
    chosen.set(image.manifest.digest, one);
    if (name !== undefined && !name.includes('@')) one.names.add(name);
  };
  for (const word of wanted) {
    const tagged = repositoryTags(store, word);
    for (const { image, name } of tagged) choose(image, name);
    if (tagged.length > 0) continue;
    const { image, name } = findRecord(store, word);
    choose(image, name);
  }
  return [...chosen.values()]
    .map(({ image, names }) => ({ image, names: [...names].sort() }))
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

const orderOf = ({ image, names }: ChosenImage): string => `${names[0] ?? '\uffff'} ${image.manifest.digest}`;

/** All images of a repository that was named without a tag. */
function repositoryTags(store: Store, word: string): { image: ListedImage; name: string }[] {
  if (/[@]|:[^/]*$/.test(word)) return [];
  let repository: string;
  try {
    const { domain, path } = parseReference(word);
    repository = `${domain}/${path}:`;
  } catch {
    return []; // an id, perhaps
  }
  return listImages(store).flatMap((image) =>
    image.names.filter((name) => name.startsWith(repository)).map((name) => ({ image, name })),
  );
}
