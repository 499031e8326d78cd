// Options of a container that asks for nothing: what `tsdocker run image` parses to.
import type { RunOptions } from '../../src/spec/run-options.ts';

export const plainOptions: RunOptions = {
  image: 'image',
  command: [],
  env: [],
  groupAdd: [],
  interactive: false,
  tty: false,
  rm: false,
  init: false,
  readOnly: false,
  privileged: false,
  capAdd: [],
  capDrop: [],
  securityOpt: { noNewPrivileges: false, seccomp: 'default', systemPathsUnconfined: false },
  network: 'default',
  pid: 'private',
  ipc: 'private',
  uts: 'private',
  cgroupns: 'private',
  uidMap: [],
  gidMap: [],
  mounts: [],
  volumes: [],
  ulimits: [],
  devices: [],
  sysctls: {},
  labels: {},
  pull: 'missing',
  attach: [],
  sigProxy: true,
  registries: { plainHttp: [], mirrors: {} },
};

/** The plain options with some of them changed. */
export const optionsWith = (changes: Partial<RunOptions>): RunOptions => ({ ...plainOptions, ...changes });
