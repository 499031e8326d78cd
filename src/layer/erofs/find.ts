// Finds the directory that a path of a layer means, inside the layer itself.
import { TsdockerError } from '../../error.ts';
import { shown } from '../byte-names.ts';
import type { DirectoryNode } from './node.ts';

/** As many links as the kernel follows in one path (path_resolution(7)). */
const mostLinks = 40;

/**
 * ATTACK: a layer that holds a symbolic link `a -> /etc` and then a file `a/passwd` writes to the host where the path is
 * followed there (CVE-2018-15664's family). Here a path never leaves the tree in memory: `a/passwd` is etc/passwd of the
 * layer, as it would be in a container.
 * @returns Undefined where nothing is there, or no directory. Throws `corrupt` where links lead in circles.
 */
export function findDirectory(root: DirectoryNode, path: readonly string[]): DirectoryNode | undefined {
  let links = 0;
  const trail: DirectoryNode[] = [root];
  const rest = [...path].reverse();
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const next = trail.at(-1)!.children.get(name);
    if (next?.type === 'directory') trail.push(next);
    else if (next?.type === 'symlink') {
      if (++links > mostLinks) {
        throw new TsdockerError('corrupt', `the path ${shown(path.join('/'))} leads nowhere in its layer`);
      }
      if (next.target.startsWith('/')) trail.length = 1;
      for (const component of next.target.split('/').reverse()) rest.push(component);
    } else return undefined;
  }
  return trail.at(-1);
}
