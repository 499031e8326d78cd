// Docker's config.json as far as credentials go, parsed and changed as a value: unknown keys stay as they are
// (docker/cli, "Docker CLI configuration file"; moby's cli/config/configfile).
import { TsdockerError } from '../error.ts';
import type { Credentials } from './credentials.ts';
import { encodeEntry, type Fields, isFields, parseEntry } from './docker-config-entry.ts';
import { hostOfKey } from './server-key.ts';

export interface DockerConfig {
  /** For messages. */
  readonly path: string;
  /** All of the file, as parsed. */
  readonly fields: Fields;
  readonly auths: Fields;
  readonly credsStore: string | undefined;
  /** By key; the empty name stands for none. */
  readonly credHelpers: Readonly<Record<string, string>>;
}

const refuse = (path: string, why: string): never => {
  throw new TsdockerError('usage', `${path}: ${why}`, { hint: 'mend it, or move it away and log in again' });
};

/** Nothing in it is quoted in an error: it holds passwords. Throws `usage`. @param path For messages. */
export function parseDockerConfig(text: string, path: string): DockerConfig {
  let fields: unknown;
  try {
    fields = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    // Without the cause: JSON.parse quotes what it stumbled over.
    refuse(path, 'it is not JSON');
  }
  if (!isFields(fields)) return refuse(path, 'it is not an object');
  const { auths = {}, credsStore = '', credHelpers = {} } = fields;
  if (!isFields(auths)) return refuse(path, 'auths is not an object');
  if (typeof credsStore !== 'string') return refuse(path, 'credsStore is not a name');
  if (!isFields(credHelpers) || Object.values(credHelpers).some((name) => typeof name !== 'string')) {
    return refuse(path, 'credHelpers does not give names');
  }
  return {
    path,
    fields,
    auths,
    credsStore: credsStore === '' ? undefined : credsStore,
    credHelpers: credHelpers as Record<string, string>,
  };
}

/** The helper that keeps the credentials of a registry, and the key to ask it for. @param keys The best first. */
export function helperFor(
  { path, credsStore, credHelpers }: DockerConfig,
  keys: readonly string[],
): { readonly program: string; readonly key: string } | undefined {
  const key = keys.find((each) => Object.hasOwn(credHelpers, each));
  const name = key === undefined ? credsStore : credHelpers[key];
  if (name === undefined || name === '') return undefined;
  // A name with a slash would be a path, and PATH not be asked.
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,100}$/.test(name)) {
    refuse(path, `${JSON.stringify(name.slice(0, 100))} is not the name of a credential helper`);
  }
  return { program: `docker-credential-${name}`, key: keys[0]! };
}

/** The keys of `auths` that mean the registry: as they are wanted, or with a scheme and a path. */
export function matchingKeys({ auths }: DockerConfig, keys: readonly string[]): string[] {
  const exact = keys.filter((key) => Object.hasOwn(auths, key));
  return [...exact, ...Object.keys(auths).filter((key) => !exact.includes(key) && keys.includes(wholeHost(key)))];
}

/**
 * The host of a key that means a whole registry. podman's file has keys such as `r.example/team`, for some of its repositories:
 * those mean no registry, while Docker's old `https://r.example/v1/` does.
 */
function wholeHost(key: string): string {
  return /^https?:\/\//.test(key) || /^[^/]+\/?(?:v[12]\/?)?$/.test(key) ? hostOfKey(key) : key;
}

/** The credentials that stand in the file itself. Throws `usage` for an entry that cannot be read. */
export function credentialsIn(config: DockerConfig, keys: readonly string[]): Credentials | undefined {
  for (const key of matchingKeys(config, keys)) {
    const found = parseEntry(config.auths[key], (why) => refuse(config.path, `the entry for ${key} ${why}`));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The file's fields with an entry more, or another; what else an entry had stays. */
export function withEntry(config: DockerConfig, key: string, credentials: Credentials | undefined): Fields {
  const {
    auth: _auth,
    identitytoken: _token,
    username: _username,
    password: _password,
    ...kept
  } = entryOf(config, key);
  return { ...config.fields, auths: { ...config.auths, [key]: { ...kept, ...encodeEntry(credentials) } } };
}

const entryOf = ({ auths }: DockerConfig, key: string): Fields => {
  const entry = Object.hasOwn(auths, key) ? auths[key] : undefined;
  return isFields(entry) ? entry : {};
};

/** The file's fields without these entries. */
export function withoutEntries(config: DockerConfig, keys: readonly string[]): Fields {
  const auths = Object.fromEntries(Object.entries(config.auths).filter(([key]) => !keys.includes(key)));
  return { ...config.fields, auths };
}
