// What a program asks of a new container: as RunOptions, with everything optional and the few awkward values in a friendlier form. Pure.
// What the command line checks while it parses is checked here, before anything is made.
import { TsdockerError } from '../../error.ts';
import { plainOptions } from '../../spec/plain-options.ts';
import type {
  BindMount,
  Healthcheck,
  LogOptions,
  RegistryOptions,
  RestartPolicy,
  RunOptions,
  SecurityOptions,
  TmpfsMount,
} from '../../spec/run-options.ts';
import { type ContainerNetworkOptions, checkNetworking, networkingOf } from './network-options.ts';
import { defined } from './values.ts';

/** A folder or file of the host in the container; `target` is absolute. It must exist, unless `mustExist` is false. */
export type Bind = Pick<BindMount, 'type' | 'source' | 'target'> & Partial<BindMount>;
/** Memory as a file system in the container; `target` is absolute. */
export type Tmpfs = Pick<TmpfsMount, 'type' | 'target'> & Partial<TmpfsMount>;

type Plain = Omit<
  RunOptions,
  | 'image'
  | 'command'
  | 'env'
  | 'mounts'
  | 'restart'
  | 'log'
  | 'health'
  | 'securityOpt'
  | 'registries'
  | 'attach'
  | 'sigProxy'
  | 'cidfile'
  | keyof ContainerNetworkOptions
>;

/** What is asked of a new container. What is left out, or undefined, is as in `tsdocker run` without a flag. */
export interface ContainerOptions
  extends Readonly<{ [Name in keyof Plain]?: Plain[Name] | undefined }>,
    ContainerNetworkOptions {
  /** Laid over the image's; `undefined` takes a variable of the image away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly mounts?: readonly (Bind | Tmpfs)[] | undefined;
  readonly restart?: RestartPolicy['name'] | RestartPolicy | undefined;
  readonly log?: Partial<LogOptions> | undefined;
  /** Milliseconds. A `test` that is a text is for the container's shell. Replaces parts of the image's. */
  readonly health?:
    | (Omit<Partial<Healthcheck>, 'test'> & { readonly test?: string | readonly string[] })
    | 'none'
    | undefined;
  readonly securityOpt?: Partial<SecurityOptions> | undefined;
  /** Beside what the engine was opened with. */
  readonly registries?: Partial<RegistryOptions> | undefined;
}

/** Throws `usage`. */
export function runOptionsOf(
  image: string,
  command: readonly string[],
  given: ContainerOptions,
  registries: RegistryOptions,
): RunOptions {
  const { env, mounts = [], restart = 'no', log, health, securityOpt, ...plain } = defined(given);
  const options: RunOptions = {
    ...plainOptions,
    ...(plain as Omit<typeof plain, keyof ContainerNetworkOptions> as Partial<RunOptions>),
    ...networkingOf(given),
    image,
    command: [...command],
    env: environmentOf(env),
    mounts: mounts.map(mountOf),
    restart: typeof restart === 'string' ? { name: restart, maximum: 0 } : restart,
    log: { ...plainOptions.log, ...defined(log ?? {}) },
    securityOpt: { ...plainOptions.securityOpt, ...defined(securityOpt ?? {}) },
    registries: joined(registries, given.registries),
    ...(health === undefined ? {} : { health: healthOf(health) }),
    gidMap: given.gidMap ?? given.uidMap ?? [],
  };
  check(options);
  return options;
}

/** What was asked of one call beside what the engine was opened with. */
export const joined = (base: RegistryOptions, { plainHttp = [], mirrors = {} }: Partial<RegistryOptions> = {}) => ({
  plainHttp: [...base.plainHttp, ...plainHttp],
  mirrors: { ...base.mirrors, ...mirrors },
});

export function environmentOf(env: ContainerOptions['env']): string[] {
  return Object.entries(env ?? {}).map(([name, value]) => {
    if (name === '' || name.includes('=')) {
      throw new TsdockerError('usage', `${JSON.stringify(name)} is not the name of an environment variable`);
    }
    return value === undefined ? name : `${name}=${value}`;
  });
}

const mountOf = (mount: Bind | Tmpfs): BindMount | TmpfsMount =>
  mount.type === 'bind'
    ? { readOnly: false, recursive: true, mustExist: true, ...defined(mount) }
    : { options: [], ...defined(mount) };

function healthOf(health: NonNullable<ContainerOptions['health']>): Partial<Healthcheck> | 'none' {
  if (health === 'none') return health;
  const { test, ...times } = defined(health);
  if (test === undefined) return times;
  return { ...times, test: typeof test === 'string' ? ['CMD-SHELL', test] : ['CMD', ...test] };
}

/** The rules that do not show before a launch is under way, or not at all. */
function check(options: RunOptions): void {
  const { name, restart, rm, mounts, workdir, cpus, pidsLimit, uts, hostname, domainname } = options;
  refuseText(options, 'options');
  checkNetworking(options);
  // They get into /etc/hosts.
  for (const text of [hostname, domainname]) {
    if (text !== undefined && /\s/.test(text)) throw usage(`${JSON.stringify(text)} is not a host name`);
  }
  if (name !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw usage(`${JSON.stringify(name)} is not a container name`, 'letters, digits, _, . and -, at least two');
  }
  if (rm && restart.name !== 'no') throw usage('restart cannot be combined with rm');
  if (uts === 'host' && hostname !== undefined) throw usage('hostname cannot be combined with uts: host');
  if (workdir !== undefined && !workdir.startsWith('/')) throw usage(`workdir ${workdir} is not an absolute path`);
  const targets = mounts.map(({ target }) => target);
  for (const target of targets) {
    if (!target.startsWith('/')) throw usage(`the mount target ${target} is not an absolute path`);
    if (targets.filter((each) => each === target).length > 1) throw usage(`two mounts have the same place ${target}`);
  }
  for (const mount of mounts) {
    if (mount.type === 'bind' && !mount.source.startsWith('/')) {
      throw usage(`the mount source ${mount.source} is not an absolute path`);
    }
  }
  if (cpus !== undefined && !(cpus > 0)) throw usage(`cpus: ${cpus} is no number of processors`);
  if (pidsLimit !== undefined && pidsLimit !== -1 && pidsLimit < 1) throw usage(`pidsLimit: ${pidsLimit} is no limit`);
}

/** A NUL would end a word of the kernel's early; a number that is none would be anything. */
function refuseText(value: unknown, name: string): void {
  if (typeof value === 'string' && value.includes('\0')) throw usage(`${name} has a NUL character in it`);
  if (typeof value === 'number' && !Number.isFinite(value)) throw usage(`${name}: ${value} is no number to go by`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    refuseText(key, `a name in ${name}`);
    refuseText(each, Array.isArray(value) ? name : key);
  }
}

const usage = (message: string, hint?: string): TsdockerError =>
  new TsdockerError('usage', message, hint === undefined ? {} : { hint });
