// What every section of the bench measures with: medians, one command's time and peak memory, what a folder takes on disk.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** `median (all of them, in the order they were measured)`. */
export const withAll = (numbers: readonly number[], digits = 1): string =>
  `**${median(numbers).toFixed(digits)}** (${numbers.map((each) => each.toFixed(digits)).join(', ')})`;

export const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

export interface Cost {
  readonly seconds: number;
  /** Bytes: the largest resident set of the command or of one of its children, as wait4(2) has it. */
  readonly peak: number;
}

/** Runs one command under time(1). Throws where it fails: a failed run is no figure. */
export async function cost(words: readonly string[], env: Record<string, string> = {}): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-time-'));
  try {
    const report = join(folder, 'report');
    const begin = process.hrtime.bigint();
    const child = spawn('/usr/bin/time', ['-q', '-f', '%M', '-o', report, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${complaint}`);
    return { seconds, peak: Number(readFileSync(report, 'utf8')) * 1024 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface DiskUse {
  /** Bytes: the lengths of the files, and the blocks that they take. */
  readonly apparent: number;
  readonly real: number;
  /** Files, folders and all else. */
  readonly inodes: number;
}

export function diskUse(folder: string): DiskUse {
  const du = (...flags: string[]): number =>
    Number(execFileSync('du', ['-s', ...flags, folder], { encoding: 'utf8' }).split('\t')[0]);
  return { apparent: du('--apparent-size', '-B1'), real: du('-B1'), inodes: du('--inodes') };
}

/** The file system type of a folder, as stat(1) names it. */
export const fileSystemOf = (folder: string): string =>
  execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim();

/** Removes a folder with all that may be in the way: mounts that an engine left in it. */
export function removeStore(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) execFileSync('umount', ['-l', path]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
