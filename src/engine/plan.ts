// A container as it is going to be, decided before anything of it is made: every bad wish is refused here, so that there is
// nothing to take back.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupPlan, planCgroup } from '../cgroup/plan.ts';
import { TsdockerError } from '../error.ts';
import { kernel } from '../kernel/index.ts';
import { nativeFolder } from '../kernel/native.ts';
import type { SourceKind } from '../launch/mounts.ts';
import type { LayerPlace } from '../layer/place.ts';
import { chooseCapabilities } from '../spec/capabilities.ts';
import { compileSpec, hostnameOf } from '../spec/compile-spec.ts';
import { type EtcFile, etcFiles } from '../spec/etc-files.ts';
import { healthcheckOf } from '../spec/healthcheck.ts';
import { volumesOf } from '../spec/mounts.ts';
import { hasNetworks } from '../spec/networks.ts';
import { exposedPorts, publishedPorts } from '../spec/published-ports.ts';
import type { RunOptions } from '../spec/run-options.ts';
import { readSeccompProfile } from '../spec/seccomp-profile.ts';
import type { Mount, Seccomp, Spec } from '../spec/types.ts';
import { bundlePath, readSpec } from '../store/bundles.ts';
import { type ContainerRecord, isNameTaken } from '../store/containers.ts';
import type { StoredImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { layersOf } from './container-layers.ts';
import { findDevices, type Host, hostDevices, readHost, readHostFiles, requireRoot } from './host.ts';
import { generateName } from './names.ts';
import { findSharer } from './network/sharer.ts';
import { type WantedEndpoint, wantedEndpoints } from './network/wanted.ts';

export interface ContainerPlan {
  readonly record: ContainerRecord;
  readonly options: RunOptions;
  /** The topmost first. */
  readonly layers: readonly LayerPlace[];
  readonly host: Host;
  readonly spec: Spec;
  readonly cgroup: CgroupPlan;
  /** The folder of the store, absolute. */
  readonly store: string;
  /** The container's folder, which is not there yet. */
  readonly bundle: string;
  /** Files of the engine's own, to be written into the bundle and bound. */
  readonly files: readonly EtcFile[];
  /** Bind sources that are made as folders because they are missing, as `-v` does. */
  readonly missingSources: readonly string[];
  readonly kinds: ReadonlyMap<string, SourceKind>;
  readonly volumes: readonly string[];
  /** Of a new container: its places in networks. */
  readonly endpoints: readonly WantedEndpoint[];
  /** What the image's labels add to the container's events. */
  readonly imageLabels: Readonly<Record<string, string>>;
}

/** A new container. Throws for every wish that cannot be granted; touches nothing. */
export function planContainer(store: Store, image: StoredImage, asked: RunOptions): ContainerPlan {
  const host = readHost();
  requireRoot(host);
  const sharer = findSharer(store, asked);
  const options = sharer === undefined ? asked : { ...asked, ...sharer.options };
  const id = Buffer.from(kernel.getrandom(32)).toString('hex');
  const bundle = bundlePath(store, id);
  const { config } = image.config;
  const mode = options.network === 'host' ? 'host' : hasNetworks(options.network) ? 'bridge' : 'none';
  const hostname = hostnameOf(options, { id, hostname: host.hostname });
  const files = etcFiles({ mode, hostname, host: readHostFiles() }, options);
  const own = files.map(({ path }) => ownFile(path, sharer?.bundle ?? bundle));
  const init: Mount[] = options.init
    ? [{ destination: initPath, type: 'bind', source: initProgram(), options: ['bind', 'ro', 'rprivate'] }]
    : [];
  const spec = compileSpec(options, config, {
    id,
    hostname: host.hostname,
    knownCapabilities: host.knownCapabilities,
    capabilities: host.capabilities,
    arch: process.arch,
    kernel: host.kernel,
    devices: findDevices(options.devices),
    hostDevices: options.privileged ? hostDevices() : [],
    seccompProfile: readProfile(options, host),
    ownMounts: [...own, ...init],
  });
  const { kinds, missing } = lookAtSources(
    options,
    spec,
    own.map(({ source }) => source),
  );
  const healthcheck = healthcheckOf(options.health, config.Healthcheck);
  const volumes = volumesOf(options, config);
  const imagePorts = config.ExposedPorts ?? [];
  const record: ContainerRecord = {
    id,
    name: options.name ?? generateName((name) => isNameTaken(store, name)),
    image: image.reference,
    createdAt: Date.now(),
    command: spec.process.args,
    imageDigest: image.manifestDigest,
    chain: image.chain,
    settings: {
      options,
      stopSignal: spec.annotations?.['org.opencontainers.image.stopSignal'] ?? 'SIGTERM',
      imageId: image.configDigest,
      user: options.user ?? config.User ?? '',
      volumes,
      ports: publishedPorts(options, imagePorts),
      exposed: exposedPorts(options, imagePorts),
      ...(healthcheck === undefined ? {} : { healthcheck }),
    },
  };
  return {
    record,
    options,
    layers: image.layers,
    host,
    spec,
    cgroup: planCgroup(spec.linux.resources ?? {}),
    store: store.root,
    bundle,
    files: sharer === undefined ? files : [],
    missingSources: missing,
    kinds,
    volumes,
    endpoints: wantedEndpoints(store, options),
    imageLabels: config.Labels ?? {},
  };
}

/**
 * A container that was made before, to be started: what was decided then stands in its bundle, and what the host has to offer is
 * looked at again. Throws `corrupt` where the bundle or a layer is not what it was, and what planContainer throws.
 */
export function planStored(store: Store, record: ContainerRecord): ContainerPlan {
  const host = readHost();
  requireRoot(host);
  const { options, volumes } = record.settings;
  const spec = readSpec(store, record);
  const own = spec.mounts.flatMap(({ source = '' }) => (source.startsWith(`${store.root}/`) ? [source] : []));
  const { kinds, missing } = lookAtSources(options, spec, own);
  return {
    record,
    options,
    layers: layersOf(store, record),
    host,
    spec,
    cgroup: planCgroup(spec.linux.resources ?? {}),
    store: store.root,
    bundle: bundlePath(store, record.id),
    files: [],
    missingSources: missing,
    kinds,
    volumes,
    endpoints: [],
    imageLabels: {},
  };
}

/** Where --init puts its program in the container. */
export const initPath = '/sbin/tsdocker-init';
const initProgram = (): string => join(nativeFolder, 'tsdocker-init');

const ownFile = (path: string, bundle: string): Mount & { source: string } => ({
  destination: path,
  type: 'bind',
  source: join(bundle, path.slice('/etc/'.length)),
  options: ['bind', 'rprivate'],
});

function readProfile({ securityOpt, capAdd, capDrop, privileged }: RunOptions, host: Host): Seccomp | undefined {
  if (typeof securityOpt.seccomp === 'string') return undefined;
  const { path } = securityOpt.seccomp;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TsdockerError('notFound', `the seccomp profile ${path} cannot be read`, { cause });
  }
  const capabilities = chooseCapabilities({
    add: capAdd,
    drop: capDrop,
    privileged,
    known: host.knownCapabilities,
    available: host.capabilities,
  });
  return readSeccompProfile(text, path, { capabilities, arch: process.arch, kernel: host.kernel });
}

const kindOf = (path: string): SourceKind | undefined => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? 'directory' : 'file';
};

/** What stands at each bind source and masked path. Throws `notFound` for a source that must be there and is not. */
function lookAtSources(
  { mounts }: RunOptions,
  spec: Spec,
  ownSources: readonly string[],
): { kinds: Map<string, SourceKind>; missing: string[] } {
  const kinds = new Map<string, SourceKind>();
  const missing: string[] = [];
  for (const path of [...(spec.linux.maskedPaths ?? []), ...spec.mounts.map(({ source }) => source ?? '')]) {
    const kind = path.startsWith('/') ? kindOf(path) : undefined;
    if (kind !== undefined) kinds.set(path, kind);
  }
  for (const mount of mounts) {
    if (mount.type !== 'bind' || kinds.has(mount.source)) continue;
    if (mount.mustExist) {
      throw new TsdockerError('notFound', `the mount source ${mount.source} does not exist`, {
        hint: 'create it first; -v would create a folder',
      });
    }
    missing.push(mount.source);
    kinds.set(mount.source, 'directory');
  }
  for (const path of ownSources) kinds.set(path, 'file');
  return { kinds, missing };
}
