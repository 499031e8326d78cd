// The words for what happens to a layer: Docker's, which people and scripts know.
import type { PullProgress } from '../../engine/pull.ts';
import { digestHex } from '../../image/digest.ts';

const words: Readonly<Record<PullProgress['status'], string>> = {
  waiting: 'Waiting',
  exists: 'Already exists',
  downloading: 'Downloading',
  downloaded: 'Download complete',
  unpacking: 'Extracting',
  unpacked: 'Pull complete',
  retrying: 'Retrying',
};

/** `a3ed95caeb02: Downloading`. */
export const layerLine = ({ layer, status }: PullProgress): string =>
  `${digestHex(layer).slice(0, 12)}: ${words[status]}`;

/**
 * The line for an output that is no terminal, of which each stays: one for each change of status that Docker would tell there.
 * @param before The status it had.
 */
export function changeLine(before: PullProgress['status'] | undefined, after: PullProgress): string | undefined {
  if (before === after.status || after.status === 'waiting' || after.status === 'unpacking') return undefined;
  return layerLine(after).replace('Downloading', 'Pulling fs layer');
}
