// All that is known of an image, in the shape of Docker's API (Engine API 1.41, GET /images/{name}/json): what `inspect` prints,
// and what the templates of other people's scripts name.
import { array, type JsonObject, object, optional, parseObject, string } from '../image/json.ts';
import { familiarName, familiarRepository, parseReference } from '../image/reference.ts';
import { readBlob } from '../store/blobs.ts';
import type { ListedImage } from '../store/images.ts';
import { layerFolder } from '../store/layer-folder.ts';
import type { Store } from '../store/store.ts';

/** Go's time.Time that was never set. */
const never = '0001-01-01T00:00:00Z';

/** Maps are data (labels, ports), objects have fields. Throws `corrupt`. */
export function inspectImage(store: Store, image: ListedImage): Readonly<Record<string, unknown>> {
  const config = parseObject(readBlob(store, { digest: image.configDigest }), 'the image config');
  const text = (name: string): string =>
    optional(config[name], (value) => string(value, `${name} of the image config`)) ?? '';
  const history = optional(config.history, (value) => array(value, 'history of the image config')) ?? [];
  const last = history.length === 0 ? {} : object(history.at(-1), 'the history of the image config');
  return {
    Id: image.configDigest,
    RepoTags: tagsOf(image.names),
    RepoDigests: digestsOf(image.names),
    Parent: '',
    Comment: optional(last.comment, (value) => string(value, 'comment in the history of the image config')) ?? '',
    Created: text('created') || never,
    DockerVersion: text('docker_version'),
    Author: text('author'),
    Config: executionConfig(optional(config.config, (value) => object(value, 'config of the image config')) ?? {}),
    Architecture: text('architecture'),
    ...(config.variant === undefined ? {} : { Variant: text('variant') }),
    Os: text('os'),
    Size: image.size,
    VirtualSize: image.size,
    GraphDriver: {
      Data: new Map([
        [
          'LowerDirs',
          image.chain
            .map((id) => layerFolder(store, id))
            .reverse()
            .join(':'),
        ],
      ]),
      Name: 'overlayfs',
    },
    RootFS: rootfs(config),
    Metadata: { LastTagTime: never },
  };
}

export const tagsOf = (names: readonly string[]): string[] =>
  names.map(parseReference).flatMap((name) => (name.digest === undefined ? [familiarName(name)] : []));

export const digestsOf = (names: readonly string[]): string[] => [
  ...new Set(
    names.map(parseReference).flatMap((name) => (name.digest ? [`${familiarRepository(name)}@${name.digest}`] : [])),
  ),
];

function rootfs(config: JsonObject) {
  const { type, diff_ids: diffIDs } = object(config.rootfs, 'rootfs of the image config');
  return { Type: type, ...(Array.isArray(diffIDs) && diffIDs.length > 0 ? { Layers: diffIDs } : {}) };
}

/** The fields of Docker's container configuration in its order; those that may be missing stand apart. */
const zeroConfig = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  ExposedPorts: undefined,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Healthcheck: undefined,
  ArgsEscaped: undefined,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
  StopSignal: undefined,
  StopTimeout: undefined,
  Shell: undefined,
} as const;

const maps = new Set(['ExposedPorts', 'Volumes', 'Labels']);

function executionConfig(given: JsonObject): Record<string, unknown> {
  const entries = Object.entries(zeroConfig).flatMap(([name, zero]) => {
    const value = given[name] ?? zero;
    if (value === undefined) return [];
    const isMap = maps.has(name) && typeof value === 'object' && value !== null && !Array.isArray(value);
    return [[name, isMap ? sortedMap(value as JsonObject) : value]];
  });
  return Object.fromEntries(entries);
}

/** As Go prints its maps. */
const sortedMap = (value: JsonObject): Map<string, unknown> =>
  new Map(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
