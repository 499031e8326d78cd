// The command that a shim runs when it cannot start its container again by itself: the stored launch program fails, as where
// a bind source has vanished. It is then decided anew (cli/system-resume.ts).
import { join } from 'node:path';
import { nativeFolder } from '../kernel/native.ts';
import type { Store } from '../store/store.ts';

/** The launcher of this tsdocker: also of the one that is a library in somebody's program. */
export const programPath: string = join(nativeFolder, '../../../bin/tsdocker');

/** NUL-terminated words, for the bundle's file `resume` (native/shim.c, run_stored_command). */
export const resumeWords = ({ root }: Pick<Store, 'root'>, id: string): string =>
  [programPath, '--root', root, 'system', 'resume', id].map((word) => `${word}\0`).join('');
