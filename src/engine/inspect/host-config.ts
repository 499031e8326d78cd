// What was asked of a container about the host: limits, mounts, isolation (Engine API 1.41, "HostConfig"), every field that
// Docker has, in its order.
import { defaultShmSize } from '../../spec/defaults.ts';
import { networkModeWord } from '../../spec/networks.ts';
import { portWord } from '../../spec/published-ports.ts';
import type { BindMount, LogOptions, PublishedPort, RunOptions, TmpfsMount } from '../../spec/run-options.ts';
import type { Spec } from '../../spec/types.ts';
import { orNull, sortedMap, unlessEmpty } from './maps.ts';
import { bindMode } from './mounts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @param spec What became of it; undefined where it can no longer be read. */
export function hostConfig(options: RunOptions, spec: Spec | undefined): Fields {
  const binds = options.mounts.filter((mount) => mount.type === 'bind');
  const asked = binds.filter(({ mustExist }) => mustExist);
  return {
    Binds: orNull(binds.filter(({ mustExist }) => !mustExist).map(bindWords)),
    ContainerIDFile: options.cidfile ?? '',
    LogConfig: logConfig(options.log),
    NetworkMode: networkModeWord(options.network),
    PortBindings: portBindings(options.publish),
    RestartPolicy: { Name: options.restart.name, MaximumRetryCount: options.restart.maximum },
    AutoRemove: options.rm,
    VolumeDriver: '',
    VolumesFrom: null,
    CapAdd: orNull(options.capAdd),
    CapDrop: orNull(options.capDrop),
    CgroupnsMode: options.cgroupns,
    Dns: options.dns,
    DnsOptions: options.dnsOptions,
    DnsSearch: options.dnsSearch,
    ExtraHosts: orNull(options.extraHosts),
    GroupAdd: orNull(options.groupAdd),
    IpcMode: options.ipc,
    Cgroup: '',
    Links: null,
    OomScoreAdj: options.oomScoreAdj ?? 0,
    PidMode: options.pid === 'host' ? 'host' : '',
    Privileged: options.privileged,
    PublishAllPorts: options.publishAll,
    ReadonlyRootfs: options.readOnly,
    SecurityOpt: orNull(securityWords(options)),
    ...unlessEmpty('Tmpfs', tmpfsWords(options.mounts)),
    UTSMode: options.uts === 'host' ? 'host' : '',
    UsernsMode: '',
    ShmSize: options.shmSize ?? defaultShmSize,
    ...unlessEmpty('Sysctls', options.sysctls),
    Runtime: 'tsdocker',
    ConsoleSize: [0, 0],
    Isolation: '',
    ...limits(options),
    ...(asked.length === 0 ? {} : { Mounts: asked.map(mountWords) }),
    MaskedPaths: orNull(spec?.linux.maskedPaths ?? []),
    ReadonlyPaths: orNull(spec?.linux.readonlyPaths ?? []),
    ...(options.init ? { Init: true } : {}),
  };
}

/** "Resources" of the API. */
const limits = (options: RunOptions): Fields => ({
  CpuShares: options.cpuShares ?? 0,
  Memory: options.memory ?? 0,
  NanoCpus: Math.round((options.cpus ?? 0) * 1e9),
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: options.cpuPeriod ?? 0,
  CpuQuota: options.cpuQuota ?? 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: options.cpusetCpus ?? '',
  CpusetMems: options.cpusetMems ?? '',
  Devices: options.devices.map(({ path, target, access }) => ({
    PathOnHost: path,
    PathInContainer: target,
    CgroupPermissions: access,
  })),
  DeviceCgroupRules: null,
  DeviceRequests: null,
  KernelMemory: 0,
  KernelMemoryTCP: 0,
  MemoryReservation: options.memoryReservation ?? 0,
  MemorySwap: options.memorySwap ?? (options.memory ?? 0) * 2,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: options.pidsLimit ?? null,
  Ulimits: orNull(options.ulimits.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft }))),
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
});

/** Docker's PortMap, of what was asked for. */
function portBindings(publish: readonly PublishedPort[]): Map<string, unknown> {
  const entries = Map.groupBy(publish, portWord);
  const words = ({ hostAddress = '', hostPort, lastHostPort }: PublishedPort) => ({
    HostIp: hostAddress,
    HostPort: hostPort === 0 ? '' : lastHostPort === undefined ? `${hostPort}` : `${hostPort}-${lastHostPort}`,
  });
  return sortedMap(Object.fromEntries([...entries].map(([word, ports]) => [word, ports.map(words)])));
}

function bindWords(mount: BindMount): string {
  const mode = bindMode(mount);
  return `${mount.source}:${mount.target}${mode === '' ? '' : `:${mode}`}`;
}

const mountWords = ({ source, target, readOnly, propagation, recursive }: BindMount): Fields => ({
  Type: 'bind',
  Source: source,
  Target: target,
  ...(readOnly ? { ReadOnly: true } : {}),
  ...(propagation === undefined && recursive
    ? {}
    : {
        BindOptions: {
          ...(propagation === undefined ? {} : { Propagation: propagation }),
          ...(recursive ? {} : { NonRecursive: true }),
        },
      }),
});

const tmpfsWords = (mounts: readonly (BindMount | TmpfsMount)[]): Fields =>
  Object.fromEntries(
    mounts.flatMap((mount) => (mount.type === 'tmpfs' ? [[mount.target, mount.options.join(',')]] : [])),
  );

function securityWords({ securityOpt }: RunOptions): string[] {
  const { noNewPrivileges, seccomp, systemPathsUnconfined } = securityOpt;
  return [
    ...(noNewPrivileges ? ['no-new-privileges'] : []),
    ...(seccomp === 'default' ? [] : [`seccomp=${typeof seccomp === 'string' ? seccomp : seccomp.path}`]),
    ...(systemPathsUnconfined ? ['systempaths=unconfined'] : []),
  ];
}

const logConfig = ({ driver, maxSize, maxFile }: LogOptions): Fields => ({
  Type: driver,
  Config: sortedMap({
    ...(maxSize === undefined ? {} : { 'max-size': String(maxSize) }),
    ...(maxFile === 1 ? {} : { 'max-file': String(maxFile) }),
  }),
});
