// The configuration of an image (image-spec config.md), from bytes that a registry sent.
import { TsdockerError } from '../error.ts';
import { type DiffID, parseDiffID } from './digest.ts';
import { type ImageHealthcheck, parseImageHealthcheck } from './image-healthcheck.ts';
import { array, keys, object, optional, parseObject, quoted, string, stringMap, strings } from './json.ts';

export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  /** RFC 3339. */
  readonly created?: string;
  readonly config: ExecutionConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly DiffID[] };
}

/** config.md, "config": how a container of the image is run unless told otherwise. Names are the specification's. */
export interface ExecutionConfig {
  readonly User?: string;
  readonly ExposedPorts?: readonly string[];
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  /** Paths. */
  readonly Volumes?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  /** Docker's own, beside the specification. */
  readonly Healthcheck?: ImageHealthcheck;
}

/** Throws `corrupt`. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const fields = parseObject(bytes, 'the image config');
  const rootfs = object(fields.rootfs, 'rootfs of the image config');
  if (rootfs.type !== 'layers') throw new TsdockerError('corrupt', 'rootfs of the image config is not of type layers');
  const variant = optional(fields.variant, (value) => platformName(value, 'variant of the image config'));
  const created = optional(fields.created, (value) => string(value, 'created of the image config'));
  return {
    architecture: platformName(fields.architecture, 'architecture of the image config'),
    os: platformName(fields.os, 'os of the image config'),
    ...(variant === undefined ? {} : { variant }),
    ...(created === undefined ? {} : { created }),
    config: optional(fields.config, parseExecution) ?? {},
    rootfs: { type: 'layers', diff_ids: array(rootfs.diff_ids ?? [], 'diff_ids of the image config').map(parseDiffID) },
  };
}

/** A part of a platform: one that people and programs can be shown. It may be empty, as builders of images from nothing leave it. */
function platformName(value: unknown, what: string): string {
  const name = string(value, what);
  if (/^[A-Za-z0-9_.-]{0,64}$/.test(name)) return name;
  throw new TsdockerError('corrupt', `${what} is not a part of a platform: ${quoted(name)}`);
}

function parseExecution(value: unknown): ExecutionConfig {
  const fields = object(value, 'config of the image config');
  const readers = {
    User: string,
    ExposedPorts: keys,
    Env: strings,
    Entrypoint: strings,
    Cmd: strings,
    Volumes: keys,
    WorkingDir: string,
    Labels: stringMap,
    StopSignal: string,
    Healthcheck: parseImageHealthcheck,
  } as const;
  const entries = Object.entries(readers).flatMap(([name, read]) => {
    const given = optional(fields[name], (field) => read(field, `${name} of the image config`));
    return given === undefined ? [] : [[name, given]];
  });
  return Object.fromEntries(entries) as ExecutionConfig;
}
