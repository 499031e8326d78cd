// How much a layer may ask of who unpacks it: the number of its entries, and the bytes of what it says about them. Stands
// between the tar reader and what a layer is written with.
import { TsdockerError } from '../error.ts';
import type { Entry } from './entry.ts';
import { largestLayer } from './growth.ts';
import type { EntrySink } from './tar/reader.ts';

/** The largest images there are have a tenth of it. */
export const mostEntries = 2_000_000;
/** Of names, targets and attributes; those of a real entry have a hundred. */
export const mostNameBytes = 2 ** 28;

/**
 * `sink` with limits, where it throws `corrupt`.
 *
 * ATTACK: an entry of 512 bytes, most of them zeros, is five bytes of gzip and an inode, a directory entry and some memory
 * of ours; a hole is no byte at all and may be as large as a file system.
 */
export function limited(sink: EntrySink): EntrySink {
  let entries = 0;
  let nameBytes = 0;
  let holes = 0;
  return {
    begin(entry) {
      entries++;
      nameBytes += namesOf(entry);
      if (entries > mostEntries) throw tooMuch(`more than ${mostEntries} entries`);
      if (nameBytes > mostNameBytes) throw tooMuch(`more than ${mostNameBytes} bytes of names and attributes`);
      sink.begin(entry);
    },
    write: (content) => sink.write(content),
    hole(length) {
      holes += length;
      if (holes > largestLayer) throw tooMuch(`holes of more than ${largestLayer} bytes in its files`);
      sink.hole(length);
    },
    end: () => sink.end(),
  };
}

const tooMuch = (what: string): TsdockerError => new TsdockerError('corrupt', `a layer has ${what}`);

function namesOf(entry: Entry): number {
  let bytes = 0;
  for (const component of entry.path) bytes += component.length + 1;
  for (const { name, value } of entry.attributes) bytes += name.length + value.byteLength;
  if (entry.type === 'symlink') bytes += entry.target.length;
  if (entry.type === 'link') for (const component of entry.target) bytes += component.length + 1;
  return bytes;
}
