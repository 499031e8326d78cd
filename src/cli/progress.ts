// Progress of a pull as lines, the way Docker prints it where the output is no terminal.
import type { PullProgress } from '../engine/pull.ts';
import { digestHex } from '../image/digest.ts';

const words: Readonly<Record<PullProgress['status'], string>> = {
  exists: 'Already exists',
  downloading: 'Pulling fs layer',
  downloaded: 'Download complete',
  unpacked: 'Pull complete',
};

export function printProgress({ layer, status }: PullProgress): void {
  process.stderr.write(`${digestHex(layer).slice(0, 12)}: ${words[status]}\n`);
}
