// login and logout: credentials are checked with their registry, and kept where Docker keeps them, so that either finds what
// the other wrote (docker login, "Credential stores").
import { TsdockerError } from '../error.ts';
import { readConfiguration } from '../registry/configuration.ts';
import { eraseFromHelper, type HelperOptions, storeInHelper } from '../registry/credential-helper.ts';
import {
  type Credentials,
  dockerConfigPath,
  type Environment,
  lookUp,
  readDockerConfig,
} from '../registry/credentials.ts';
import { helperFor, matchingKeys, withEntry, withoutEntries } from '../registry/docker-config.ts';
import { checkCredentials } from '../registry/docker-config-entry.ts';
import { endpointsOf } from '../registry/endpoint.ts';
import { checkLogin } from '../registry/login.ts';
import { serverKeys } from '../registry/server-key.ts';
import { createTransport } from '../registry/transport.ts';
import type { RegistryOptions } from '../spec/run-options.ts';
import { changeDockerConfig } from './credential-file.ts';

export type { Credentials } from '../registry/credentials.ts';

export interface LoginOptions {
  /** As on the command line; the empty one is Docker Hub. */
  readonly server: string;
  readonly environment: Environment;
  readonly registries?: RegistryOptions;
  readonly signal?: AbortSignal;
}

export interface LoginResult {
  /** The file that now holds the password as it is; undefined where a helper has it, or it is not kept. */
  readonly unencrypted: string | undefined;
}

/** Milliseconds without a byte. */
const idleLimit = 60_000;

/** What an earlier login to the server left. Throws as `login` does. */
export async function savedLogin({ server, environment, signal }: LoginOptions): Promise<Credentials | undefined> {
  const { keys } = serverKeys(server);
  const config = readDockerConfig(dockerConfigPath(environment));
  return config && (await lookUp(config, keys, { ...(signal && { signal }) }));
}

/** Whether the server is Docker Hub. Throws `usage` for what cannot be a registry. */
export const isDockerHub = (server: string): boolean => serverKeys(server).registry === 'docker.io';

/**
 * Checks the credentials with the registry, and keeps them. Throws `registry` where they are not taken or the registry cannot be
 * reached, `usage` for credentials that cannot be sent or a config.json that cannot be read; then nothing is kept.
 */
export async function login(options: LoginOptions, given: Credentials): Promise<LoginResult> {
  const { environment, registries, signal } = options;
  const { registry, key, keys } = serverKeys(options.server);
  checkCredentials(given, (why) => {
    throw new TsdockerError('usage', `what was given to log in ${why}`);
  });
  const path = dockerConfigPath(environment);
  // Before the password goes anywhere: whether it could be kept.
  const config = readDockerConfig(path);
  const helper = config && helperFor(config, keys);
  const endpoint = endpointsOf(registry, readConfiguration(registries, environment)).at(-1)!;
  const transport = createTransport(idleLimit, signal);
  const kept = await checkLogin(endpoint, given, (request, title) => transport.send(request, title));
  if (helper !== undefined) await storeInHelper(helper.program, helper.key, kept, { ...(signal && { signal }) });
  changeDockerConfig(path, (now) => withEntry(now, key, helper === undefined ? kept : undefined));
  return { unencrypted: helper === undefined && kept.identityToken === undefined ? path : undefined };
}

export interface LogoutResult {
  /** For messages: `r.example`, or Docker Hub's address. */
  readonly name: string;
  readonly wasLoggedIn: boolean;
}

/** Forgets what was kept for the server, in the file and in its helper. Throws as `login` does. */
export async function logout({ server, environment, signal }: LoginOptions): Promise<LogoutResult> {
  const { key, keys } = serverKeys(server);
  const path = dockerConfigPath(environment);
  const config = readDockerConfig(path);
  const found = config === undefined ? [] : matchingKeys(config, keys);
  if (config === undefined || found.length === 0) return { name: key, wasLoggedIn: false };
  const helper = helperFor(config, keys);
  const options: HelperOptions = { ...(signal && { signal }) };
  // First the helper: where it fails, the entry still says that there is something to forget.
  if (helper !== undefined) for (const each of found) await eraseFromHelper(helper.program, each, options);
  changeDockerConfig(path, (now) => withoutEntries(now, matchingKeys(now, keys)));
  return { name: key, wasLoggedIn: true };
}
