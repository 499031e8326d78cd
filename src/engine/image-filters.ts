// What --filter says of images, for `images` and the two prunes (`docker images --help`, "Filtering"; `docker image prune`).
import { TsdockerError } from '../error.ts';
import { familiarName, familiarRepository, parseReference } from '../image/reference.ts';
import { findRecord, type ListedImage, readConfig } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { matchesPath } from './match-path.ts';
import { parseMoment } from './moment.ts';

/** `--filter NAME=VALUE` as it was written. */
export type FilterName = 'dangling' | 'label' | 'label!' | 'before' | 'since' | 'until' | 'reference';

export interface ImageFilter {
  /** Whether the image may be seen at all. */
  passes(image: ListedImage): boolean;
  /** Whether one of its names may: all may where nothing was said of names. */
  passesName(name: string): boolean;
  /** True where something was said of names, so that an image without any is out. */
  readonly byName: boolean;
  /** What `dangling=` says, where it says something. */
  readonly dangling?: boolean;
}

/** When an image was made: milliseconds since the epoch, 0 where it does not say. */
export function createdAt({ created }: Pick<ListedImage, 'created'>): number {
  const time = Date.parse(created);
  return Number.isNaN(time) ? 0 : time;
}

/** Throws `usage` for what is no filter, or none of `known`, and `notFound` for an image that it names. */
export function compileFilters(
  store: Store,
  written: readonly string[],
  known: readonly FilterName[],
  now: number,
): ImageFilter {
  const given = Map.groupBy(
    written.map((text) => splitFilter(text, known)),
    ({ name }) => name,
  );
  const valuesOf = (name: FilterName): string[] => (given.get(name) ?? []).map(({ value }) => value);
  const moments = (name: 'before' | 'since'): number[] =>
    valuesOf(name).map((image) => createdAt(findRecord(store, image).image));
  const [before, since] = [Math.min(...moments('before')), Math.max(...moments('since'))];
  const until = Math.min(...valuesOf('until').map((value) => parseMoment(value, now)));
  const [labels, notLabels, references] = [valuesOf('label'), valuesOf('label!'), valuesOf('reference')];
  const dangling = valuesOf('dangling').map(readDangling).at(-1);
  return {
    passes(image) {
      const time = createdAt(image);
      if (!(time < before && time > since && time < until)) return false;
      if (labels.length === 0 && notLabels.length === 0) return true;
      const has = labelTest(store, image);
      return labels.every(has) && !notLabels.some(has);
    },
    passesName: (name) => references.length === 0 || references.some((pattern) => matchesName(pattern, name)),
    byName: references.length > 0,
    ...(dangling === undefined ? {} : { dangling }),
  };
}

function splitFilter(text: string, known: readonly FilterName[]): { name: FilterName; value: string } {
  const [, name = '', value = ''] = /^([^=]*?)\s*=\s*(.*)$/s.exec(text) ?? [];
  const refuse = (why: string, hint: string): never => {
    throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} ${why}`, { hint });
  };
  if (name === '') refuse('has no value', 'write it as NAME=VALUE');
  if (!known.includes(name as FilterName)) refuse('is not known', `there are ${known.join(', ')}`);
  if (value === '') refuse('has no value', 'write it as NAME=VALUE');
  return { name: name as FilterName, value };
}

function readDangling(value: string): boolean {
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new TsdockerError('usage', `the filter dangling is either true or false, not ${JSON.stringify(value)}`);
}

/** An image whose config cannot be read has no labels. */
function labelTest(store: Store, { configDigest }: ListedImage): (wanted: string) => boolean {
  let labels: Readonly<Record<string, string>> = {};
  try {
    labels = readConfig(store, configDigest).config.Labels ?? {};
  } catch {
    // as if it had none
  }
  return (wanted) => {
    const [key = '', ...value] = wanted.split('=');
    return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join('='));
  };
}

/** A pattern is for the familiar name, with its tag or without. */
function matchesName(pattern: string, name: string): boolean {
  const reference = parseReference(name);
  return [familiarName(reference), familiarRepository(reference)].some((text) => matchesPath(pattern, text));
}
