// Under which names a registry's credentials are kept in Docker's config.json (docker/cli, "config.json", `auths`): Docker Hub
// under an address from its first days, the others under their host, and older files with scheme and path.
import { TsdockerError } from '../error.ts';
import { registryName } from './configuration.ts';

/** Docker Hub's. */
export const hubKey = 'https://index.docker.io/v1/';
const hubHosts: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

export interface ServerKeys {
  /** As references name it: `docker.io`, `r.example:5000`. */
  readonly registry: string;
  /** The one to write. */
  readonly key: string;
  /** The ones to look for, the best first. */
  readonly keys: readonly string[];
}

/**
 * @param server As `login` takes it, or as a key of the file: with or without scheme and path; the empty one is Docker Hub.
 * Throws `usage` for what cannot be a registry.
 */
export function serverKeys(server: string): ServerKeys {
  const host = server === '' ? 'docker.io' : hostOfKey(server);
  if (hubHosts.includes(host)) return { registry: 'docker.io', key: hubKey, keys: [hubKey, ...hubHosts] };
  if (!registryName.test(host)) {
    throw new TsdockerError('usage', `${JSON.stringify(server)} is not the name of a registry`, {
      hint: 'registries look like registry.example or 127.0.0.1:5000',
    });
  }
  return { registry: host, key: host, keys: [host] };
}

/** Without scheme and path: `https://r.example/v1/` is `r.example`. */
export const hostOfKey = (key: string): string => key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
