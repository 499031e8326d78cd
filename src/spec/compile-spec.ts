// From what a person asked for and what the image says to an OCI runtime spec. Pure: the host is a set of facts.
import type { ExecutionConfig } from '../image/config.ts';
import { capabilitySets, chooseCapabilities } from './capabilities.ts';
import { allDeviceRules, defaultDeviceRules, defaultDevices, deviceRule } from './default-devices.ts';
import { defaultSeccomp } from './default-seccomp.ts';
import { maskedPaths, networkSysctls, readonlyPaths } from './defaults.ts';
import { mountsOf } from './mounts.ts';
import { namespacesOf } from './namespaces.ts';
import { joinedContainer } from './networks.ts';
import { commandOf, environmentOf, rlimitsOf } from './process.ts';
import { resourcesOf } from './resources.ts';
import type { RunOptions } from './run-options.ts';
import type { Device, Mount, Seccomp, Spec } from './types.ts';

export interface SpecFacts {
  readonly id: string;
  readonly hostname: string;
  /** All capabilities the kernel knows, and those we may hand on. */
  readonly knownCapabilities: readonly string[];
  readonly capabilities: readonly string[];
  readonly arch: string;
  readonly kernel: { readonly major: number; readonly minor: number };
  /** What --device named, found on the host. */
  readonly devices: readonly { readonly device: Device; readonly access: string }[];
  /** Every device node of the host, for --privileged. */
  readonly hostDevices: readonly Device[];
  /** A profile of the caller's (`--security-opt seccomp=FILE`), read. */
  readonly seccompProfile: Seccomp | undefined;
  /** Binds of the engine's own files. */
  readonly ownMounts: readonly Mount[];
}

export function hostnameOf(options: RunOptions, facts: Pick<SpecFacts, 'id' | 'hostname'>): string {
  if (options.uts === 'host' || (options.network === 'host' && options.hostname === undefined)) return facts.hostname;
  return options.hostname ?? facts.id.slice(0, 12);
}

/** `process.user` is root until names have been looked up in the container's own root. */
export function compileSpec(options: RunOptions, image: ExecutionConfig, facts: SpecFacts): Spec {
  const capabilities = chooseCapabilities({
    add: options.capAdd,
    drop: options.capDrop,
    privileged: options.privileged,
    known: facts.knownCapabilities,
    available: facts.capabilities,
  });
  const hostname = hostnameOf(options, facts);
  const open = options.privileged || options.securityOpt.systemPathsUnconfined;
  const seccomp = seccompOf(options, capabilities, facts);
  const inUserNamespace = options.uidMap.length > 0;
  const devices = options.privileged ? facts.hostDevices : facts.devices.map(({ device }) => device);
  const asked = facts.devices.map(({ device, access }) => deviceRule(device, access));
  return {
    ociVersion: '1.2.0',
    hostname,
    ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
    root: { path: 'rootfs', readonly: options.readOnly },
    process: {
      terminal: options.tty,
      cwd: options.workdir ?? (image.WorkingDir || '/'),
      args: commandOf(options, image),
      env: environmentOf(options, image, hostname),
      user: { uid: 0, gid: 0 },
      capabilities: capabilitySets(capabilities, 0),
      noNewPrivileges: options.securityOpt.noNewPrivileges,
      rlimits: rlimitsOf(options),
      ...(options.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
    },
    mounts: mountsOf(options, facts.ownMounts),
    linux: {
      namespaces: namespacesOf(options),
      ...(inUserNamespace ? { uidMappings: options.uidMap, gidMappings: options.gidMap } : {}),
      devices: withoutRepetition([...defaultDevices, ...devices]),
      resources: resourcesOf(options, options.privileged ? allDeviceRules : [...defaultDeviceRules, ...asked]),
      ...(seccomp === undefined ? {} : { seccomp }),
      sysctl: { ...sysctlsOf(options), ...options.sysctls },
      maskedPaths: open ? [] : maskedPaths,
      readonlyPaths: open ? [] : readonlyPaths,
    },
    annotations: { ...options.labels, ...stopSignalOf(options, image) },
  };
}

/** Where the runtime specification has no field, the image specification names an annotation (conversion.md). */
function stopSignalOf({ stopSignal }: RunOptions, image: ExecutionConfig): Readonly<Record<string, string>> {
  const signal = stopSignal ?? image.StopSignal;
  return signal === undefined ? {} : { 'org.opencontainers.image.stopSignal': signal };
}

function seccompOf(
  { privileged, securityOpt }: RunOptions,
  capabilities: readonly string[],
  facts: SpecFacts,
): Seccomp | undefined {
  if (securityOpt.seccomp === 'unconfined') return undefined;
  if (securityOpt.seccomp !== 'default') return facts.seccompProfile;
  return privileged ? undefined : defaultSeccomp({ capabilities, arch: facts.arch, kernel: facts.kernel });
}

/** A user namespace maps too few groups for the whole range of ping's. */
function sysctlsOf({ network, uidMap }: RunOptions): Readonly<Record<string, string>> {
  // What belongs to another is not set anew.
  if (network === 'host' || joinedContainer(network) !== undefined) return {};
  const { 'net.ipv4.ip_unprivileged_port_start': ports = '0' } = networkSysctls;
  return uidMap.length > 0 ? { 'net.ipv4.ip_unprivileged_port_start': ports } : networkSysctls;
}

const withoutRepetition = (devices: readonly Device[]): Device[] => [
  ...new Map(devices.map((device) => [device.path, device])).values(),
];
