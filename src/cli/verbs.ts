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

const run: VerbEntry = { name: 'run', summary: 'Run a command in a new container', load: () => import('./run.ts') };
const create: VerbEntry = {
  name: 'create',
  summary: 'Make a container without starting it',
  load: () => import('./create.ts'),
};
const start: VerbEntry = { name: 'start', summary: 'Start containers', load: () => import('./start.ts') };
const stop: VerbEntry = { name: 'stop', summary: 'Stop containers', load: () => import('./stop.ts') };
const restart: VerbEntry = {
  name: 'restart',
  summary: 'Stop containers and start them again',
  load: () => import('./restart.ts'),
};
const kill: VerbEntry = {
  name: 'kill',
  summary: 'Kill containers, or send them a signal',
  load: () => import('./kill.ts'),
};
const pause: VerbEntry = {
  name: 'pause',
  summary: 'Freeze every process of containers',
  load: () => import('./pause.ts'),
};
const unpause: VerbEntry = {
  name: 'unpause',
  summary: 'Let paused containers go on',
  load: () => import('./unpause.ts'),
};
const wait: VerbEntry = {
  name: 'wait',
  summary: 'Wait until containers end, and print their exit statuses',
  load: () => import('./wait.ts'),
};
const attach: VerbEntry = {
  name: 'attach',
  summary: 'Attach to a container that runs',
  load: () => import('./attach.ts'),
};
const exec: VerbEntry = {
  name: 'exec',
  summary: 'Run another command in a container',
  load: () => import('./exec.ts'),
};
const logs: VerbEntry = { name: 'logs', summary: 'Print what a container said', load: () => import('./logs.ts') };
const rm: VerbEntry = { name: 'rm', summary: 'Remove containers', load: () => import('./rm.ts') };
const rename: VerbEntry = {
  name: 'rename',
  summary: 'Give a container another name',
  load: () => import('./rename.ts'),
};
const port: VerbEntry = {
  name: 'port',
  summary: 'List the published ports of a container',
  load: () => import('./port.ts'),
};
const stats: VerbEntry = { name: 'stats', summary: 'Show what containers use', load: () => import('./stats.ts') };
const top: VerbEntry = { name: 'top', summary: 'Show the processes of a container', load: () => import('./top.ts') };
const update: VerbEntry = {
  name: 'update',
  summary: 'Change the limits and the restart policy of containers',
  load: () => import('./update.ts'),
};
const cp: VerbEntry = {
  name: 'cp',
  summary: 'Copy files between a container and this machine',
  load: () => import('./cp.ts'),
};
const diff: VerbEntry = {
  name: 'diff',
  summary: 'List what a container changed in its root',
  load: () => import('./diff.ts'),
};
const commit: VerbEntry = {
  name: 'commit',
  summary: 'Make an image from what a container changed',
  load: () => import('./commit.ts'),
};
const exportTar: VerbEntry = {
  name: 'export',
  summary: 'Write the root of a container to a tar',
  load: () => import('./export.ts'),
};
const ps: VerbEntry = { name: 'ps', summary: 'List containers', load: () => import('./ps.ts') };
const pull: VerbEntry = { name: 'pull', summary: 'Pull an image from a registry', load: () => import('./pull.ts') };
const push: VerbEntry = { name: 'push', summary: 'Push an image to a registry', load: () => import('./push.ts') };
const images: VerbEntry = { name: 'images', summary: 'List images', load: () => import('./images.ts') };
const tag: VerbEntry = { name: 'tag', summary: 'Give an image another name', load: () => import('./tag.ts') };
const rmi: VerbEntry = { name: 'rmi', summary: 'Remove images', load: () => import('./rmi.ts') };
const history: VerbEntry = {
  name: 'history',
  summary: 'Show the history of an image',
  load: () => import('./history.ts'),
};
const save: VerbEntry = { name: 'save', summary: 'Save images to a tar archive', load: () => import('./save.ts') };
const load: VerbEntry = { name: 'load', summary: 'Load images from a tar archive', load: () => import('./load.ts') };
const importTar: VerbEntry = {
  name: 'import',
  summary: 'Make an image from the tar of a file system',
  load: () => import('./import.ts'),
};
const events: VerbEntry = {
  name: 'events',
  summary: 'Show what happens to containers, images and networks',
  load: () => import('./events.ts'),
};
const info: VerbEntry = {
  name: 'info',
  summary: 'Show what this host is and what the store holds',
  load: () => import('./info.ts'),
};

const ofContainers = [
  create,
  start,
  stop,
  restart,
  kill,
  pause,
  unpause,
  wait,
  attach,
  exec,
  logs,
  rename,
  port,
  stats,
  top,
  update,
  cp,
  diff,
  commit,
  exportTar,
];

const ofImages = [pull, push, history, tag, save, load, importTar];

export const verbs: readonly Entry[] = [
  run,
  ps,
  rm,
  ...ofContainers,
  images,
  rmi,
  ...ofImages,
  {
    name: 'inspect',
    summary: 'Show all that is known of containers, images and networks',
    load: () => import('./inspect.ts'),
  },
  events,
  { name: 'login', summary: 'Log in to a registry', load: () => import('./login.ts') },
  { name: 'logout', summary: 'Log out from a registry', load: () => import('./logout.ts') },
  info,
  { name: 'version', summary: 'Print the version', load: () => import('./version.ts') },
  { name: 'completion', summary: 'Print a script for shell completion', load: () => import('./completion.ts') },
  {
    name: 'image',
    summary: 'Manage images',
    verbs: [
      { ...images, name: 'ls', aliases: ['list'] },
      { ...rmi, name: 'rm', aliases: ['remove'] },
      ...ofImages,
      { name: 'inspect', summary: 'Show all that is known of images', load: () => import('./image-inspect.ts') },
      { name: 'verify', summary: 'Check that images are whole', load: () => import('./image-verify.ts') },
      { name: 'prune', summary: 'Remove unused images', load: () => import('./image-prune.ts') },
    ],
  },
  {
    name: 'container',
    summary: 'Manage containers',
    verbs: [
      run,
      { ...ps, name: 'ls', aliases: ['list', 'ps'] },
      { ...rm, aliases: ['remove'] },
      ...ofContainers,
      {
        name: 'inspect',
        summary: 'Show all that is known of containers',
        load: () => import('./container-inspect.ts'),
      },
      { name: 'prune', summary: 'Remove all stopped containers', load: () => import('./container-prune.ts') },
    ],
  },
  {
    name: 'network',
    summary: 'Manage networks',
    verbs: [
      { name: 'create', summary: 'Make a network', load: () => import('./network-create.ts') },
      { name: 'ls', aliases: ['list'], summary: 'List networks', load: () => import('./network-ls.ts') },
      {
        name: 'inspect',
        summary: 'Show all that is known of networks',
        load: () => import('./network-inspect.ts'),
      },
      { name: 'rm', aliases: ['remove'], summary: 'Remove networks', load: () => import('./network-rm.ts') },
      {
        name: 'connect',
        summary: 'Connect a container to a network',
        load: () => import('./network-connect.ts'),
      },
      {
        name: 'disconnect',
        summary: 'Disconnect a container from a network',
        load: () => import('./network-disconnect.ts'),
      },
      {
        name: 'prune',
        summary: 'Remove all networks that no container is in',
        load: () => import('./network-prune.ts'),
      },
      {
        name: 'reload',
        summary: 'Put back bridges and rules that running containers need',
        load: () => import('./network-reload.ts'),
      },
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
        summary: 'Remove stopped containers, unused networks and images',
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
      {
        name: 'start',
        summary: 'Start the containers that restart policies promise after a boot',
        load: () => import('./system-start.ts'),
      },
      {
        name: 'stop',
        summary: 'Stop all containers for the end of the machine; a boot starts what is promised',
        load: () => import('./system-stop.ts'),
      },
      {
        name: 'resume',
        summary: 'Start a container again whose stored launch program failed',
        load: () => import('./system-resume.ts'),
      },
      events,
      info,
    ],
  },
];
