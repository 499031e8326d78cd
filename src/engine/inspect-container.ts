// All that is known of a container, in the shape of Docker's API (Engine API 1.41, GET /containers/{id}/json): what `inspect`
// prints, and what the templates of other people's scripts name. The parts are pure, and in inspect/.
import { join } from 'node:path';
import type { RunOptions } from '../spec/run-options.ts';
import type { Spec } from '../spec/types.ts';
import { bundlePath, readSpec } from '../store/bundles.ts';
import type { ContainerRecord, ListedContainer } from '../store/containers.ts';
import { readHealth } from '../store/health.ts';
import { layerFolder } from '../store/layer-folder.ts';
import type { Store } from '../store/store.ts';
import { executionConfigs } from './container-image.ts';
import { inspectedEndpoints } from './container-networks.ts';
import { portsOf } from './container-ports.ts';
import { containerSize } from './container-size.ts';
import { containerConfig } from './inspect/container-config.ts';
import { hostConfig } from './inspect/host-config.ts';
import { mountPoints } from './inspect/mounts.ts';
import { networkSettings } from './inspect/network-settings.ts';
import { inspectState } from './inspect/state.ts';
import { rfc3339 } from './inspect/times.ts';

export interface InspectOptions {
  /** Also how much the container has written, which is a look at all its files. */
  readonly size?: boolean;
}

/** Maps are data (labels, ports), objects have fields. */
export function inspectContainer(
  store: Store,
  container: ListedContainer,
  { size = false }: InspectOptions = {},
): Readonly<Record<string, unknown>> {
  const { record, state } = container;
  const { id, command, settings } = record;
  const { options } = settings;
  const bundle = bundlePath(store, id);
  const spec = specOf(store, record);
  const image = executionConfigs(store)(settings.imageId);
  const [path = '', ...args] = command;
  const ownFile = (name: string): string =>
    spec?.mounts.find(({ destination, source }) => destination === `/etc/${name}` && source === join(bundle, name))
      ?.source ?? '';
  return {
    Id: id,
    Created: rfc3339(record.createdAt),
    Path: path,
    Args: args,
    State: inspectState(state, readHealth(store, container)),
    Image: settings.imageId,
    ResolvConfPath: ownFile('resolv.conf'),
    HostnamePath: ownFile('hostname'),
    HostsPath: ownFile('hosts'),
    LogPath: logPath(bundle, id, container, options),
    Name: `/${record.name}`,
    RestartCount: 'restarts' in state ? state.restarts : 0,
    Driver: driver,
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: hostConfig(options, spec),
    GraphDriver: graphDriver(store, container, bundle),
    ...(size ? sizes(store, container) : {}),
    Mounts: mountPoints(settings, bundle),
    Config: containerConfig(options, image, {
      image: options.image || record.image,
      hostname: spec?.hostname ?? options.hostname ?? id.slice(0, 12),
    }),
    NetworkSettings: networkSettings(
      'pid' in state ? { containerId: id, pid: state.pid } : undefined,
      inspectedEndpoints(store, container),
      portsOf(store, container),
    ),
  };
}

const driver = 'overlayfs';

/** Undefined where it is not written yet, or damaged. */
function specOf(store: Store, record: ContainerRecord): Spec | undefined {
  try {
    return readSpec(store, record);
  } catch {
    return undefined;
  }
}

/** As in Docker, none before the first start. */
function logPath(bundle: string, id: string, { state }: ListedContainer, { log }: RunOptions): string {
  const wasStarted = state.status !== 'creating' && state.status !== 'created';
  return wasStarted && log.driver === 'json-file' ? join(bundle, `${id}-json.log`) : '';
}

const graphDriver = (store: Store, { record }: ListedContainer, bundle: string) => ({
  Data: new Map([
    [
      'LowerDir',
      record.chain
        .map((layer) => layerFolder(store, layer))
        .reverse()
        .join(':'),
    ],
    ['MergedDir', join(bundle, 'rootfs')],
    ['UpperDir', join(bundle, 'upper')],
    ['WorkDir', join(bundle, 'work')],
  ]),
  Name: driver,
});

function sizes(store: Store, { record }: ListedContainer) {
  const { written, root } = containerSize(store, record);
  return { SizeRw: written, SizeRootFs: root };
}
