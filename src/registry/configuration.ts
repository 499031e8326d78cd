// Where registries are reached: mirrors and plain http, from /etc/tsdocker/registries.json and from flags. Read once, at the
// start of a pull. The file:
//   { "registries": { "docker.io": { "mirrors": ["http://127.0.0.1:5000"], "plainHttp": false } } }
import { readFileSync } from 'node:fs';
import { TsdockerError } from '../error.ts';

export interface RegistrySettings {
  /** Origins to ask first, in this order: `https://mirror.example`. */
  readonly mirrors: readonly string[];
  /** True: http. False: https, on the loopback too. Undefined: http on the loopback, https elsewhere. */
  readonly plainHttp?: boolean;
}

/** By the registry's name as it stands in references: `docker.io`, `127.0.0.1:5000`. */
export type RegistryConfiguration = ReadonlyMap<string, RegistrySettings>;

/** What the command line, or a library's caller, says on top of the file. */
export interface RegistryFlags {
  /** Registries that speak plain http. */
  readonly plainHttp?: readonly string[];
  /** Origins to ask before those of the file, by registry. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
}

export const configurationPath = '/etc/tsdocker/registries.json';

export const registryName =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(?::[0-9]{1,5})?$/;

/**
 * The file's settings with the flags on top. Without the file there are none; but one that TSDOCKER_REGISTRIES names must be
 * there. Throws `usage`, and `permission` for a file that cannot be read.
 */
export function readConfiguration(
  flags: RegistryFlags = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RegistryConfiguration {
  const named = environment.TSDOCKER_REGISTRIES || undefined;
  const path = named ?? configurationPath;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return mergeConfiguration(new Map(), flags);
    throw new TsdockerError(
      code === 'EACCES' ? 'permission' : 'usage',
      `the registry configuration ${path} cannot be read: ${code}`,
      { cause, ...(named !== undefined && { hint: 'TSDOCKER_REGISTRIES names it' }) },
    );
  }
  return mergeConfiguration(parseConfiguration(text, path), flags);
}

/** Parses the file's text. Throws `usage`, naming the place. @param path For messages. */
export function parseConfiguration(text: string, path: string): RegistryConfiguration {
  const refuse = (why: string, cause?: unknown): never => {
    throw new TsdockerError('usage', `${path}: ${why}`, {
      ...(cause !== undefined && { cause }),
      hint: 'a whole one is { "registries": { "docker.io": { "mirrors": ["https://mirror.example"], "plainHttp": false } } }',
    });
  };
  const fields = (value: unknown, what: string, known: readonly string[] | undefined): [string, unknown][] => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(`${what} is not an object`);
    const unknown = Object.keys(value).find((key) => known !== undefined && !known.includes(key));
    if (unknown !== undefined) refuse(`${what} has the unknown field ${JSON.stringify(unknown)}`);
    return Object.entries(value);
  };
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch (cause) {
    refuse('it is not JSON', cause);
  }
  const { registries = {} } = Object.fromEntries(fields(whole, 'the file', ['registries'])) as { registries?: unknown };
  const configuration = new Map<string, RegistrySettings>();
  for (const [name, value] of fields(registries, 'registries', undefined)) {
    if (!registryName.test(name)) refuse(`${JSON.stringify(name)} is not the name of a registry`);
    const { mirrors = [], plainHttp } = Object.fromEntries(fields(value, name, ['mirrors', 'plainHttp']));
    if (!Array.isArray(mirrors)) return refuse(`mirrors of ${name} is not a list`);
    if (plainHttp !== undefined && typeof plainHttp !== 'boolean') refuse(`plainHttp of ${name} is not true or false`);
    configuration.set(name, {
      mirrors: mirrors.map((mirror) => parseMirror(mirror, (why) => refuse(`a mirror of ${name} ${why}`))),
      ...(typeof plainHttp === 'boolean' && { plainHttp }),
    });
  }
  return configuration;
}

/** The flags' mirrors come before the file's. Throws `usage`. */
export function mergeConfiguration(file: RegistryConfiguration, flags: RegistryFlags): RegistryConfiguration {
  const merged = new Map(file);
  const refuse = (why: string): never => {
    throw new TsdockerError('usage', why, {
      hint: 'registries look like docker.io, mirrors like https://mirror.example',
    });
  };
  const settingsOf = (name: string): RegistrySettings => {
    if (!registryName.test(name)) refuse(`${JSON.stringify(name)} is not the name of a registry`);
    return merged.get(name) ?? { mirrors: [] };
  };
  for (const [name, mirrors] of Object.entries(flags.mirrors ?? {})) {
    const settings = settingsOf(name);
    const first = mirrors.map((mirror) => parseMirror(mirror, (why) => refuse(`a mirror of ${name} ${why}`)));
    merged.set(name, { ...settings, mirrors: [...new Set([...first, ...settings.mirrors])] });
  }
  for (const name of flags.plainHttp ?? []) merged.set(name, { ...settingsOf(name), plainHttp: true });
  return merged;
}

/** A mirror is an origin and no more, as for Docker. One with a password in it is not repeated in the message. */
function parseMirror(value: unknown, refuse: (why: string) => never): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : refuse('is not a URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('is neither http nor https');
  if (url.username !== '' || url.password !== '') refuse('has a user or a password in it');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') refuse(`is more than ${url.origin}`);
  return url.origin;
}
