// What every section of the bench measures with: medians, one command's time and peak memory, what a folder takes on disk.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoLater } from './cleanup.ts';

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
export async function cost(words: readonly string[]): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-time-'));
  try {
    const report = join(folder, 'report');
    const begin = process.hrtime.bigint();
    const child = spawn('/usr/bin/time', ['-q', '-f', '%M', '-o', report, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // a process group: time(1) does not hand on what it is killed by
    });
    const kill = undoLater(() => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGTERM');
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    await kill();
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

/** The file system type of a folder: `ext4`, `xfs`, `tmpfs`, … */
export const fileSystemOf = (folder: string): string =>
  execFileSync('findmnt', ['-n', '-o', 'FSTYPE', '-T', folder], { encoding: 'utf8' }).trim();
