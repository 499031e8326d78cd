// The labels of a container: its image's and its own (`docker run --help`, --label).
import type { ContainerRecord } from '../store/containers.ts';
import { readConfig } from '../store/images.ts';
import type { Store } from '../store/store.ts';

/** The container's own win. Without those of an image that is gone or cannot be read. */
export function containerLabels(
  store: Store,
  { settings }: Pick<ContainerRecord, 'settings'>,
): Readonly<Record<string, string>> {
  let labels: Readonly<Record<string, string>> = {};
  try {
    if (settings.imageId !== '') labels = readConfig(store, settings.imageId).config.Labels ?? {};
  } catch {
    // the image was removed by force
  }
  return { ...labels, ...settings.options.labels };
}

/** Whether `key`, or `key=value`, is among labels. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=');
  return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join('='));
}
