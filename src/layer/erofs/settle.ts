// What a layer alone does not know: how its implied directories look, and whether its whiteouts hide anything. The layers
// below answer (design, 2.4, "Implied directories").
import type { LowerLayers } from '../lower-layers.ts';
import { type DirectoryNode, unsaid } from './node.ts';

const nothing: Pick<LowerLayers, 'has' | 'directory'> = { has: () => false, directory: () => undefined };

/** Changes the tree: afterwards no directory is implied, opaque is yes or no, and every whiteout hides something. */
export function settle(root: DirectoryNode, below: Pick<LowerLayers, 'has' | 'directory'>): void {
  const path: string[] = [];
  const visit = (directory: DirectoryNode, lower: typeof below): void => {
    if (directory.isImplied) directory.metadata = lower.directory(path) ?? unsaid;
    directory.isImplied = false;
    if (directory.opaque === 'ifBelow') directory.opaque = lower.has(path) ? 'yes' : 'no';
    // Overlayfs merges nothing into an opaque directory, and then shows what it takes for no whiteouts.
    const inside = directory.opaque === 'yes' ? nothing : lower;
    for (const [name, child] of directory.children) {
      if (child.type !== 'directory' && child.type !== 'whiteout') continue;
      path.push(name);
      if (child.type === 'directory') visit(child, inside);
      else if (!inside.has(path)) directory.children.delete(name);
      path.pop();
    }
  };
  visit(root, below);
}
