// The name of an entry as a path below the layer's root.
import { TsdockerError } from '../error.ts';
import { shown } from './byte-names.ts';

/** NAME_MAX and PATH_MAX of the kernel (limits.h), in bytes. */
const longestComponent = 255;
const longestName = 4095;

/**
 * The components of an entry's or a hard link's name (a byte string): `./etc//passwd` is etc, passwd; the root is none. A
 * name that begins with a slash is taken from the layer's root, as other engines do.
 *
 * ATTACK: path traversal (CVE-2019-14271's family, "zip slip"): `../../etc/cron.d/x` would leave the layer's directory. No
 * builder writes a name with `..`, so any such name is refused, also where it would stay inside.
 */
export function safeName(name: string): string[] {
  if (name.includes('\0')) throw new TsdockerError('corrupt', `the entry ${shown(name)} has a NUL in its name`);
  if (name.length > longestName) throw new TsdockerError('corrupt', `the entry ${shown(name)} has too long a name`);
  const components = name.split('/').filter((component) => component !== '' && component !== '.');
  for (const component of components) {
    if (component === '..') {
      throw new TsdockerError('corrupt', `the entry ${shown(name)} leads out of its layer`, {
        hint: 'the image is not to be trusted',
      });
    }
    if (component.length > longestComponent) {
      throw new TsdockerError('corrupt', `the entry ${shown(name)} has too long a name`);
    }
  }
  return components;
}
