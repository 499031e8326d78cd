// From the command line of `run` or `create` to what is asked of a container. Pure but for the files that flags name.
import { TsdockerError } from '../error.ts';
import { formatPlatform, parsePlatform } from '../image/platform.ts';
import { refuseNetworkConflicts } from '../spec/network-conflicts.ts';
import type { RestartPolicy, RunOptions, Stream } from '../spec/run-options.ts';
import type { Parsed } from './flags.ts';
import { registryOptions } from './registry-flags.ts';
import { networkOptions } from './run-network-options.ts';
import { parseDevice } from './values/devices.ts';
import { parseEnv, parseEnvFile, parseLabelFile, parseLabels } from './values/environment.ts';
import { parseHealth } from './values/health.ts';
import { parseIdMap, parseSecurityOptions, parseSignal, parseSysctls, parseUlimit } from './values/kernel.ts';
import { parseMemory, parseTime } from './values/limits.ts';
import { parseLog } from './values/log.ts';
import { parseMount, parseTmpfs, parseVolume } from './values/mounts.ts';
import { parseBytes, parseCpuList, parseCpus, parseWhole } from './values/numbers.ts';
import { parseRestart } from './values/restart.ts';
import { oneOf, parseHostname, parseName, parseWorkdir } from './values/words.ts';

/** What the flags mean depends on. */
export interface Caller {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Throws what node:fs throws. */
  readFile(path: string): string;
}

/** Leaves out what was not given. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const notJoined = 'joining other containers comes later';

/** Throws `usage` for a value that makes no sense, or two that contradict each other. */
export function runOptions(parsed: Parsed, caller: Caller): RunOptions {
  const { values, operands } = parsed;
  const on = (name: string, otherwise = false): boolean => parsed.switches.get(name) ?? otherwise;
  const all = (name: string): readonly string[] => parsed.lists.get(name) ?? [];
  const read = <T>(name: string, parse: (flag: string, text: string) => T): T | undefined => {
    const text = values.get(name);
    return text === undefined ? undefined : parse(name, text);
  };
  /** Of what is a word or a name, an empty one was not given, as in Docker: `--user "$NOBODY"`. */
  const word = (name: string): string | undefined => values.get(name) || undefined;
  const readWord = <T>(name: string, parse: (flag: string, text: string) => T): T | undefined =>
    word(name) === undefined ? undefined : read(name, parse);
  /** Of a limit, 0 is none, as in Docker. */
  const readLimit = (name: string, parse: (flag: string, text: string) => number): number | undefined =>
    values.get(name) === '0' ? undefined : read(name, parse) || undefined;
  const network = networkOptions(parsed);
  const namespaces = {
    pid: oneOf('pid', word('pid'), ['private', 'host'], 'private', notJoined),
    ipc: oneOf('ipc', word('ipc'), ['private', 'shareable', 'none', 'host'], 'private', notJoined),
    uts: oneOf('uts', word('uts'), ['private', 'host'], 'private'),
    cgroupns: oneOf('cgroupns', word('cgroupns'), ['private', 'host'], 'private'),
  };
  if (namespaces.uts === 'host' && word('hostname') !== undefined) {
    throw new TsdockerError('usage', '--hostname cannot be combined with --uts host', {
      hint: 'it would rename the host',
    });
  }
  const volumes = all('volume').map((text) => parseVolume(text, caller.cwd));
  const mounts = [
    ...volumes.filter((volume) => 'type' in volume),
    ...all('mount').map((text) => parseMount(text, caller.cwd)),
    ...all('tmpfs').map(parseTmpfs),
  ];
  refuseRepetition(mounts.map(({ target }) => target));
  if (on('detach') && all('attach').length > 0) {
    throw new TsdockerError('usage', '--detach cannot be combined with --attach');
  }
  const uidMap = all('uidmap').map((text) => parseIdMap('uidmap', text));
  const gidMap = all('gidmap').map((text) => parseIdMap('gidmap', text));
  if (uidMap.length === 0 && gidMap.length > 0) throw new TsdockerError('usage', '--gidmap needs --uidmap');
  const [image = '', ...command] = operands;
  const entrypoint = values.get('entrypoint');
  const options: RunOptions = {
    image,
    command,
    env: environmentFlags(parsed, caller),

    groupAdd: all('group-add'),
    interactive: on('interactive'),
    tty: on('tty'),
    rm: on('rm'),
    init: on('init'),
    readOnly: on('read-only'),
    privileged: on('privileged'),
    capAdd: all('cap-add'),
    capDrop: all('cap-drop'),
    securityOpt: parseSecurityOptions(all('security-opt')),
    ...namespaces,
    ...network,
    uidMap,
    gidMap: gidMap.length > 0 ? gidMap : uidMap,
    mounts,
    volumes: volumes.flatMap((volume) => ('volume' in volume ? [volume.volume] : [])),
    // A limit that is given twice counts once: config.md, "rlimits", forbids a repetition.
    ulimits: [
      ...new Map(
        all('ulimit')
          .map(parseUlimit)
          .map((limit) => [limit.name, limit]),
      ).values(),
    ],
    devices: all('device').map(parseDevice),
    sysctls: parseSysctls(all('sysctl'), { ...namespaces, network: network.network }),
    labels: parseLabels([...all('label-file').flatMap((path) => labelFile(path, caller)), ...all('label')]),
    pull: oneOf('pull', values.get('pull'), ['missing', 'always', 'never'], 'missing'),
    attach: all('attach').map((text) =>
      oneOf<Stream>('attach', text.toLowerCase(), ['stdin', 'stdout', 'stderr'], 'stdout'),
    ),
    sigProxy: on('sig-proxy', true),
    restart: restartOf(word('restart'), on('rm')),
    log: parseLog(word('log-driver') ?? 'json-file', all('log-opt')),
    registries: registryOptions(parsed),
    ...parseMemory(values, caller.memory),
    ...parseTime(values),
    ...given({
      entrypoint: entrypoint === undefined ? undefined : entrypoint === '' ? [] : [entrypoint],
      name: readWord('name', (_, text) => parseName(text)),
      user: word('user'),
      workdir: readWord('workdir', (_, text) => parseWorkdir(text)),
      hostname: readWord('hostname', parseHostname),
      domainname: readWord('domainname', parseHostname),
      cpus: readLimit('cpus', (flag, text) => parseCpus(flag, text, caller.cpus)),
      cpuShares: readLimit('cpu-shares', (flag, text) => parseWhole(flag, text, 2, 262_144)),
      cpusetCpus: readWord('cpuset-cpus', (flag, text) => parseCpuList(flag, text, caller.cpus)),
      cpusetMems: readWord('cpuset-mems', (flag, text) => parseCpuList(flag, text, 1024)),
      pidsLimit: read('pids-limit', pidsLimit),
      shmSize: readLimit('shm-size', parseBytes),
      oomScoreAdj: read('oom-score-adj', (flag, text) => parseWhole(flag, text, -1000, 1000)),
      stopSignal: readWord('stop-signal', parseSignal),
      stopTimeout: read('stop-timeout', (flag, text) => parseWhole(flag, text, -1, 2 ** 31 - 1)),
      health: parseHealth(values, on('no-healthcheck')),
      platform: readWord('platform', (_, text) => formatPlatform(parsePlatform(text))),
      cidfile: word('cidfile'),
    }),
  };
  refuseNetworkConflicts(options);
  return options;
}

/** 0 and -1 are any number, as in Docker. */
function pidsLimit(flag: string, text: string): number {
  const limit = parseWhole(flag, text, -1, 4_194_304);
  return limit === 0 ? -1 : limit;
}

/** What -e and --env-file say; files come first, as in Docker. Throws `usage` and `notFound`. */
export function environmentFlags({ lists }: Parsed, caller: Caller): string[] {
  return [
    ...(lists.get('env-file') ?? []).flatMap((path) => envFile(path, caller)),
    ...(lists.get('env') ?? []).map((text) => parseEnv(text, caller.env)),
  ];
}

const envFile = (path: string, caller: Caller): string[] =>
  parseEnvFile(readNamed('env-file', path, caller), path, caller.env);

const labelFile = (path: string, caller: Caller): string[] =>
  parseLabelFile(readNamed('label-file', path, caller), path);

function readNamed(flag: string, path: string, caller: Caller): string {
  try {
    return caller.readFile(path);
  } catch (cause) {
    throw new TsdockerError('notFound', `the file ${path} of --${flag} cannot be read`, { cause });
  }
}

function restartOf(text: string | undefined, rm: boolean): RestartPolicy {
  const policy = parseRestart(text ?? 'no');
  if (rm && policy.name !== 'no') {
    throw new TsdockerError('usage', '--restart cannot be combined with --rm', {
      hint: 'a container that is removed when it ends cannot be started again',
    });
  }
  return policy;
}

function refuseRepetition(targets: readonly string[]): void {
  const again = targets.find((target, index) => targets.indexOf(target) !== index);
  if (again !== undefined) throw new TsdockerError('usage', `two mounts have the same place ${again} in the container`);
}
