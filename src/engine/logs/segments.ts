// The files of one log, which the shim rotates while we look (native/log.c, rotate): the current one becomes `.1`, `.1` becomes
// `.2`, and the oldest goes, the oldest first. So they are opened from the newest on: one that moves meanwhile is met again, which
// its inode tells, and none is passed by. What is open stays readable when its name is gone.
import { closeSegments, inodeAt, type LogPlace, oldestAge, openSegment, type Segment } from './segment.ts';

/** Opens all files, the oldest first. They are the caller's to close. */
export const openSegments = (place: LogPlace): Promise<Segment[]> => openSince(place, undefined);

/** The same of those that are newer than `segment`, which is open: nobody else has its inode. */
export const openNewer = (place: LogPlace, segment: Segment): Promise<Segment[]> => openSince(place, segment);

/** How often to look before the older files are given up: they are rotated away faster than they could be opened. */
const patience = 100;

async function openSince(place: LogPlace, segment: Segment | undefined): Promise<Segment[]> {
  for (let tries = 1; ; tries++) {
    const { segments, newest, isFound } = await openBack(place, segment?.inode);
    try {
      // The oldest files go first: if it is gone, nothing older is left.
      const isWhole = segment === undefined || isFound || (await segment.file.stat()).nlink === 0;
      if (isWhole && (await isStill(place, segments[0], newest))) return segments.reverse();
      const others = segments.splice(tries < patience ? 0 : 1);
      await closeSegments(others);
      if (tries >= patience) return segments;
    } catch (error) {
      await closeSegments(segments);
      throw error;
    }
  }
}

interface Walk {
  /** The newest first. */
  readonly segments: Segment[];
  /** Where the first one was. */
  readonly newest: number;
  /** Whether it ended at the file it was to end at. */
  readonly isFound: boolean;
}

/** Opens what is newer than the file with the inode `until`. */
async function openBack(place: LogPlace, until: bigint | undefined): Promise<Walk> {
  const segments: Segment[] = [];
  let newest = 0;
  try {
    let oldest = await oldestAge(place);
    for (let age = 0; age <= oldest + 1; age++) {
      const segment = await openSegment(place, age);
      if (segment !== undefined) {
        const isKnown = segments.some(({ inode }) => inode === segment.inode);
        if (isKnown || segment.inode === until) await segment.file.close();
        else if (segments.push(segment) === 1) newest = age;
        if (segment.inode === until) return { segments, newest, isFound: true };
      }
      // One that is missing is on its way to its next name, and the last one may have got another.
      if (age > oldest) oldest = Math.max(oldest, await oldestAge(place));
    }
  } catch (error) {
    await closeSegments(segments);
    throw error;
  }
  return { segments, newest, isFound: false };
}

/**
 * Whether no file came up during the walk. One that did may have been rotated by now, and be among the others as if it were older
 * than the first.
 */
async function isStill(place: LogPlace, first: Segment | undefined, newest: number): Promise<boolean> {
  if (first === undefined) return true;
  for (let age = 0; age < newest; age++) if ((await inodeAt(place, age)) !== undefined) return false;
  return (await inodeAt(place, newest)) === first.inode;
}
