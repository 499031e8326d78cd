// Who we are to a registry: what a login left in Docker's config.json, in a credential helper or in podman's auth.json. Read
// when a registry first asks, so that a pull that needs nobody starts no helper.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { type HelperOptions, readFromHelper } from './credential-helper.ts';
import { credentialsIn, type DockerConfig, helperFor, parseDockerConfig } from './docker-config.ts';
import { serverKeys } from './server-key.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** In place of the password: what a token service takes to give out tokens (OAuth2's refresh token). */
  readonly identityToken?: string;
}

/**
 * The credentials for a registry's name as in references (`docker.io`), or for a mirror's host; undefined where there are none.
 * Throws `usage`, `permission` or `registry` where there may be some that cannot be read.
 */
export type CredentialLookup = (registry: string) => Promise<Credentials | undefined>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Nobody is known anywhere. */
export const noCredentials: CredentialLookup = async () => undefined;

/** `$DOCKER_CONFIG/config.json`, else `$HOME/.docker/config.json`: where `login` writes, and who logs in with Docker too. */
export function dockerConfigPath(environment: Environment): string {
  const folder = environment.DOCKER_CONFIG || join(environment.HOME || homedir(), '.docker');
  return join(folder, 'config.json');
}

/** Where podman, buildah and skopeo keep theirs (containers-auth.json(5)); only read. */
function podmanAuthPath(environment: Environment): string | undefined {
  if (environment.REGISTRY_AUTH_FILE) return environment.REGISTRY_AUTH_FILE;
  const runtime = environment.XDG_RUNTIME_DIR;
  return runtime ? join(runtime, 'containers/auth.json') : undefined;
}

/** Docker's file with its helpers; where it has nothing for a registry, podman's. Each is read at most once. */
export function createCredentialLookup(environment: Environment, options: HelperOptions = {}): CredentialLookup {
  const paths = [dockerConfigPath(environment), podmanAuthPath(environment)].filter((path) => path !== undefined);
  const known = new Map<string, DockerConfig | undefined>();
  return async (registry) => {
    const { keys } = serverKeys(registry);
    for (const path of paths) {
      if (!known.has(path)) known.set(path, readDockerConfig(path));
      const config = known.get(path);
      const found = config && (await lookUp(config, keys, options));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** As Docker does: a configured helper is asked, and only it; the file itself counts where there is none. */
export async function lookUp(
  config: DockerConfig,
  keys: readonly string[],
  options: HelperOptions = {},
): Promise<Credentials | undefined> {
  const helper = helperFor(config, keys);
  if (helper === undefined) return credentialsIn(config, keys);
  return readFromHelper(helper.program, helper.key, options);
}

/** The parsed file, or undefined where there is none. Throws `permission` or `usage`. */
export function readDockerConfig(path: string): DockerConfig | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TsdockerError(code === 'EACCES' ? 'permission' : 'usage', `${path} cannot be read: ${code}`, { cause });
  }
  return parseDockerConfig(text, path);
}
