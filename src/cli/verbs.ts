// The verbs, each in a file of its own that is loaded when it is needed: start-up is most of what a user waits for.
import type { Command } from './flags.ts';
import type { VerbSummary } from './help.ts';

interface Entry extends VerbSummary {
  load(): Promise<{ readonly command: Command }>;
}

export const verbs: readonly Entry[] = [
  { name: 'run', summary: 'Run a command in a new container', load: () => import('./run.ts') },
  { name: 'pull', summary: 'Pull an image from a registry', load: () => import('./pull.ts') },
  { name: 'images', summary: 'List images', load: () => import('./images.ts') },
  { name: 'ps', summary: 'List containers', load: () => import('./ps.ts') },
  { name: 'rm', summary: 'Remove containers', load: () => import('./rm.ts') },
  { name: 'version', summary: 'Print the version', load: () => import('./version.ts') },
  { name: 'completion', summary: 'Print a script for shell completion', load: () => import('./completion.ts') },
];
