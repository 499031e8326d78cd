// What a layer of a store holds at its top, whichever driver made it.
import { closeSync, openSync, readdirSync } from 'node:fs';
import { openErofs } from '../../src/layer/erofs/reader.ts';
import type { LayerPlace } from '../../src/layer/place.ts';

export function layerNames({ kind, path }: LayerPlace): string[] {
  if (kind === 'directory') return readdirSync(path);
  const file = openSync(path, 'r');
  try {
    const image = openErofs(file);
    return image
      .list(image.root)
      .map(({ name }) => name)
      .filter((name) => name !== '.' && name !== '..');
  } finally {
    closeSync(file);
  }
}
