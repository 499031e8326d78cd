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

const events = () => import('./events.ts');
const exportTar = () => import('./export.ts');
const history = () => import('./history.ts');
const images = () => import('./images.ts');
const importTar = () => import('./import.ts');
const info = () => import('./info.ts');
const load = () => import('./load.ts');
const logs = () => import('./logs.ts');
const port = () => import('./port.ts');
const ps = () => import('./ps.ts');
const pull = () => import('./pull.ts');
const push = () => import('./push.ts');
const rename = () => import('./rename.ts');
const rm = () => import('./rm.ts');
const rmi = () => import('./rmi.ts');
const save = () => import('./save.ts');
const stats = () => import('./stats.ts');
const tag = () => import('./tag.ts');
const top = () => import('./top.ts');
const update = () => import('./update.ts');

export const verbs: readonly Entry[] = [
  { name: 'run', summary: 'Run a command in a new container', load: () => import('./run.ts') },
  { name: 'create', summary: 'Make a container without starting it', load: () => import('./create.ts') },
  { name: 'start', summary: 'Start containers', load: () => import('./start.ts') },
  { name: 'stop', summary: 'Stop containers', load: () => import('./stop.ts') },
  { name: 'restart', summary: 'Stop containers and start them again', load: () => import('./restart.ts') },
  { name: 'kill', summary: 'Kill containers, or send them a signal', load: () => import('./kill.ts') },
  { name: 'pause', summary: 'Freeze every process of containers', load: () => import('./pause.ts') },
  { name: 'unpause', summary: 'Let paused containers go on', load: () => import('./unpause.ts') },
  { name: 'wait', summary: 'Wait until containers end', load: () => import('./wait.ts') },
  { name: 'attach', summary: 'Attach to a container that runs', load: () => import('./attach.ts') },
  { name: 'exec', summary: 'Run another command in a container', load: () => import('./exec.ts') },
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
  { name: 'logs', summary: 'Print what a container said', load: logs },
  { name: 'rm', summary: 'Remove containers', load: rm },
  { name: 'rename', summary: 'Give a container another name', load: rename },
  { name: 'port', summary: 'List the published ports of a container', load: port },
  { name: 'stats', summary: 'Show what containers use', load: stats },
  { name: 'top', summary: 'Show the processes of a container', load: top },
  { name: 'update', summary: 'Change the limits and the restart policy of containers', load: update },
  { name: 'export', summary: 'Write the root of a container to a tar', load: exportTar },
  { name: 'events', summary: 'Show what happens to containers and images', load: events },
  { name: 'login', summary: 'Log in to a registry', load: () => import('./login.ts') },
  { name: 'logout', summary: 'Log out from a registry', load: () => import('./logout.ts') },
  { name: 'info', summary: 'Show what this host is and what the store holds', load: info },
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
      {
        name: 'inspect',
        summary: 'Show all that is known of containers',
        load: () => import('./container-inspect.ts'),
      },
      { name: 'logs', summary: 'Print what a container said', load: logs },
      { name: 'rm', summary: 'Remove containers', aliases: ['remove'], load: rm },
      { name: 'rename', summary: 'Give a container another name', load: rename },
      { name: 'port', summary: 'List the published ports of a container', load: port },
      { name: 'stats', summary: 'Show what containers use', load: stats },
      { name: 'top', summary: 'Show the processes of a container', load: top },
      { name: 'update', summary: 'Change the limits and the restart policy of containers', load: update },
      { name: 'export', summary: 'Write the root of a container to a tar', load: exportTar },
      { name: 'prune', summary: 'Remove all stopped containers', load: () => import('./container-prune.ts') },
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
      {
        name: 'install',
        summary: 'Have systemd start containers with a restart policy after a boot',
        load: () => import('./system-install.ts'),
      },
      {
        name: 'uninstall',
        summary: 'Have systemd start no containers after a boot any more',
        load: () => import('./system-uninstall.ts'),
      },
      { name: 'events', summary: 'Show what happens to containers and images', load: events },
      { name: 'info', summary: 'Show what this host is and what the store holds', load: info },
    ],
  },
];
