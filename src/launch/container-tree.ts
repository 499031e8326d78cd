// For a helper process: takes the root of a container that runs, without what is mounted on it (open_tree(2)). The overlay is the
// container's own one: a second one over the same upper directory would be undefined.
import * as k from '../kernel/constants.ts';
import { here } from './paths.ts';
import { flags, named, type Phase, ProgramBuilder } from './program.ts';

/** What the process was born with: the container's mount namespace. */
const namespace = 1;
/** Where it then has the root. */
export const takenTree = 10; // one that open_tree cannot have given

/** Nothing of the container is executed or read: the process stands in its mount namespace only. */
export function compileTakenTree(): Phase {
  const program = new ProgramBuilder();
  program.group('container’s root');
  program.call('entering the mount namespace', 'setns', [namespace, named('CLONE_NEWNS', k.CLONE_NEWNS)]);
  const tree = program.call(
    'taking the root',
    'open_tree',
    [here, '/', flags(['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE], ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC])],
    { as: 'root' },
  );
  program.call('putting it where it is looked for', 'dup3', [tree, takenTree, named('O_CLOEXEC', k.O_CLOEXEC)]);
  return program.wait('for the root to be taken');
}
