// The verbs, each in a file of its own that is loaded when it is needed: start-up is most of what a user waits for. Some stand in
// a group as well, or only there, as in Docker: `image ls`, `system df`.
import type { Command } from './flags.ts';
import type { VerbSummary } from './help.ts';

export interface VerbEntry extends VerbSummary {
  /** Other names, which --help does not show. */
  readonly aliases?: readonly string[];
  load(): Promise<{ readonly command: Command }>;
}

/** Verbs under one name. */
export interface Group extends VerbSummary {
  readonly verbs: readonly VerbEntry[];
}

export type Entry = VerbEntry | Group;

const exportTar = () => import('./export.ts');
const history = () => import('./history.ts');
const images = () => import('./images.ts');
const importTar = () => import('./import.ts');
const load = () => import('./load.ts');
const ps = () => import('./ps.ts');
const pull = () => import('./pull.ts');
const push = () => import('./push.ts');
const rm = () => import('./rm.ts');
const rmi = () => import('./rmi.ts');
const save = () => import('./save.ts');
const tag = () => import('./tag.ts');

export const verbs: readonly Entry[] = [
  { name: 'run', summary: 'Run a command in a new container', load: () => import('./run.ts') },
  { name: 'pull', summary: 'Pull an image from a registry', load: pull },
  { name: 'push', summary: 'Push an image to a registry', load: push },
  { name: 'images', summary: 'List images', load: images },
  { name: 'tag', summary: 'Give an image another name', load: tag },
  { name: 'rmi', summary: 'Remove images', load: rmi },
  { name: 'history', summary: 'Show the history of an image', load: history },
  { name: 'save', summary: 'Save images to a tar archive', load: save },
  { name: 'load', summary: 'Load images from a tar archive', load },
  { name: 'import', summary: 'Make an image from the tar of a file system', load: importTar },
  {
    name: 'inspect',
    summary: 'Show all that is known of images and containers',
    load: () => import('./inspect.ts'),
  },
  { name: 'ps', summary: 'List containers', load: ps },
  { name: 'rm', summary: 'Remove containers', load: rm },
  { name: 'export', summary: 'Write the root of a container to a tar', load: exportTar },
  { name: 'login', summary: 'Log in to a registry', load: () => import('./login.ts') },
  { name: 'logout', summary: 'Log out from a registry', load: () => import('./logout.ts') },
  { name: 'version', summary: 'Print the version', load: () => import('./version.ts') },
  { name: 'completion', summary: 'Print a script for shell completion', load: () => import('./completion.ts') },
  {
    name: 'image',
    summary: 'Manage images',
    verbs: [
      { name: 'ls', summary: 'List images', aliases: ['list'], load: images },
      { name: 'pull', summary: 'Pull an image from a registry', load: pull },
      { name: 'push', summary: 'Push an image to a registry', load: push },
      { name: 'history', summary: 'Show the history of an image', load: history },
      { name: 'inspect', summary: 'Show all that is known of images', load: () => import('./image-inspect.ts') },
      { name: 'verify', summary: 'Check that images are whole', load: () => import('./image-verify.ts') },
      { name: 'tag', summary: 'Give an image another name', load: tag },
      { name: 'save', summary: 'Save images to a tar archive', load: save },
      { name: 'load', summary: 'Load images from a tar archive', load },
      { name: 'import', summary: 'Make an image from the tar of a file system', load: importTar },
      { name: 'rm', summary: 'Remove images', aliases: ['remove'], load: rmi },
      { name: 'prune', summary: 'Remove unused images', load: () => import('./image-prune.ts') },
    ],
  },
  {
    name: 'container',
    summary: 'Manage containers',
    verbs: [
      { name: 'ls', summary: 'List containers', aliases: ['list', 'ps'], load: ps },
      { name: 'rm', summary: 'Remove containers', aliases: ['remove'], load: rm },
      { name: 'export', summary: 'Write the root of a container to a tar', load: exportTar },
    ],
  },
  {
    name: 'manifest',
    summary: 'Look at manifests',
    verbs: [
      {
        name: 'inspect',
        summary: 'Show the manifest of an image at its registry',
        load: () => import('./manifest-inspect.ts'),
      },
    ],
  },
  {
    name: 'system',
    summary: 'Manage the store',
    verbs: [
      { name: 'df', summary: 'Show how much of the disk is used', load: () => import('./system-df.ts') },
      {
        name: 'prune',
        summary: 'Remove stopped containers and unused images',
        load: () => import('./system-prune.ts'),
      },
    ],
  },
];
