// One file of a log: how it is named and opened. Docker's names: `<id>-json.log` is written to, `.1` is the newest of the others.
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Segment {
  readonly file: FileHandle;
  readonly inode: bigint;
  /** Bytes when it was opened. */
  readonly size: number;
}

export interface LogPlace {
  /** The bundle. */
  readonly folder: string;
  /** Of the file that is written to. */
  readonly name: string;
}

/** @param age How often it was rotated. */
const pathOf = ({ folder, name }: LogPlace, age: number): string => join(folder, age === 0 ? name : `${name}.${age}`);

/** Undefined where there is no such file. */
export async function openSegment(place: LogPlace, age: number): Promise<Segment | undefined> {
  let file: FileHandle;
  try {
    file = await open(pathOf(place, age), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { ino, size } = await file.stat({ bigint: true });
    return { file, inode: ino, size: Number(size) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

export async function closeSegments(segments: readonly Segment[]): Promise<void> {
  for (const { file } of segments) await file.close();
}

/** How often the oldest file was rotated. */
export async function oldestAge({ folder, name }: LogPlace): Promise<number> {
  const ages = await namesIn(folder).then((names) => names.map((other) => ageOf(other, name)));
  return ages.reduce((oldest, age) => Math.max(oldest, age), 0);
}

/** Of a container that was removed there are none. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function ageOf(other: string, name: string): number {
  const age = other.startsWith(`${name}.`) ? other.slice(name.length + 1) : '';
  return /^[1-9]\d{0,4}$/.test(age) ? Number(age) : 0;
}

/** Undefined where there is none. */
export async function inodeAt(place: LogPlace, age: number): Promise<bigint | undefined> {
  try {
    return (await stat(pathOf(place, age), { bigint: true })).ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
