// The name of a tar entry as a place in the layer. One hazard: a name that means a place outside. Names are taken apart by
// us and walked component by component; none with `..` is ever handed to the kernel.
import { TsdockerError } from '../error.ts';

/** NAME_MAX and PATH_MAX of limits.h. */
const longestComponent = 255;
const longestPath = 4095;

function refuse(name: string, why: string): never {
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  throw new TsdockerError('corrupt', `the layer has an entry ${JSON.stringify(shown)} that ${why}`);
}

/**
 * The components of a name below the layer's root; none for the root itself. A leading `/` and `.` mean nothing. Throws
 * `corrupt` for `..` (path traversal), a NUL (a name cut short by the kernel), and what no file system takes.
 */
export function entryComponents(name: string): string[] {
  if (name.includes('\0')) refuse(name.replaceAll('\0', '\\0'), 'has a NUL in its name');
  if (name.includes('\ufffd')) refuse(name, 'has a name that is not UTF-8');
  if (Buffer.byteLength(name) > longestPath) refuse(name, `has a name of more than ${longestPath} bytes`);
  const components = name.split('/').filter((component) => component !== '' && component !== '.');
  for (const component of components) {
    if (component === '..') refuse(name, 'leads out of the layer');
    if (Buffer.byteLength(component) > longestComponent)
      refuse(name, `has a part of more than ${longestComponent} bytes in its name`);
  }
  return components;
}
