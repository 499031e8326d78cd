// Who we are to a registry: Basic credentials, or Docker's token flow, where a token service named by the registry gives out a
// short-lived token for one repository (distribution's "Token Authentication Specification"; RFC 7617).

import { TsdockerError } from '../error.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Endpoint } from './endpoint.ts';
import { rateLimitError } from './registry-error.ts';
import { type Answer, readWhole } from './transport.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** By the name of the registry as in references (`docker.io`), or by a mirror's host. */
export type CredentialsByRegistry = Readonly<Record<string, Credentials>>;

export interface Authenticator {
  /** The Authorization header that last worked for a repository, if it may still work. */
  known(endpoint: Endpoint, repository: string): string | undefined;
  /**
   * The header to try after a 401, or undefined where there is none better than the one that was refused. Throws `registry`
   * where the token service refuses, or is one that must not see us.
   * @param header The WWW-Authenticate header. @param refused The Authorization header that was sent, if one was.
   */
  answer(
    endpoint: Endpoint,
    repository: string,
    header: string,
    refused: string | undefined,
  ): Promise<string | undefined>;
}

interface Token {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** A token service may leave the time out, and then means this (the specification, "expires_in"). */
const shortestLife = 60;
const largestToken = 2 ** 20;

/**
 * @param get One GET with retries. @param now Milliseconds since the epoch.
 */
export function createAuthenticator(
  credentials: CredentialsByRegistry,
  get: (url: URL, headers: Record<string, string>, title: string) => Promise<Answer>,
  now: () => number = Date.now,
): Authenticator {
  /** By realm, service and scope: layers fetched side by side share one request. */
  const tokens = new Map<string, Promise<Token>>();
  const working = new Map<string, Token>();
  const placeOf = (endpoint: Endpoint, repository: string) => `${endpoint.origin} ${repository}`;

  async function bearer(
    endpoint: Endpoint,
    repository: string,
    challenge: Challenge,
    refused: string | undefined,
  ): Promise<Token> {
    const url = tokenAddress(endpoint, repository, challenge);
    for (let pending = tokens.get(url.href); pending !== undefined; ) {
      const earlier = await pending.catch(() => undefined);
      if (earlier !== undefined && earlier.header !== refused && earlier.expires > now()) return earlier;
      // Another layer may have asked for a new one meanwhile.
      const newer = tokens.get(url.href);
      pending = newer === pending ? undefined : newer;
    }
    const own = Object.hasOwn(credentials, endpoint.name) ? credentials[endpoint.name] : undefined;
    const asked = fetchToken(get, endpoint, url, own, now);
    tokens.set(url.href, asked);
    return asked;
  }

  return {
    known(endpoint, repository) {
      const token = working.get(placeOf(endpoint, repository));
      return token !== undefined && token.expires > now() ? token.header : undefined;
    },
    async answer(endpoint, repository, header, refused) {
      const challenges = parseChallenges(header);
      const wantsToken = challenges.find(
        ({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined,
      );
      const own = Object.hasOwn(credentials, endpoint.name) ? credentials[endpoint.name] : undefined;
      let token: Token | undefined;
      if (wantsToken !== undefined) token = await bearer(endpoint, repository, wantsToken, refused);
      else if (own !== undefined && challenges.some(({ scheme }) => scheme === 'basic')) {
        token = { header: basic(own), expires: Number.POSITIVE_INFINITY };
      }
      if (token === undefined || token.header === refused) return undefined;
      working.set(placeOf(endpoint, repository), token);
      return token.header;
    },
  };
}

export const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;

/**
 * The realm with its query. The scope is ours, to pull this repository, whatever the registry wishes for; and a registry that
 * was reached by https cannot have us talk to a token service by plain http, where others listen.
 */
function tokenAddress(endpoint: Endpoint, repository: string, { parameters }: Challenge): URL {
  const refuse = (why: string): never => {
    throw new TsdockerError('registry', `${endpoint.title} names a token service that ${why}`);
  };
  const realm = parameters.realm ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : refuse('is not an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('is reached by neither http nor https');
  if (url.username !== '' || url.password !== '') refuse('has credentials in its address');
  if (url.protocol === 'http:' && endpoint.origin.startsWith('https:')) refuse('is reached by plain http');
  if (parameters.service !== undefined) url.searchParams.set('service', parameters.service);
  url.searchParams.set('scope', `repository:${repository}:pull`);
  return url;
}

async function fetchToken(
  get: (url: URL, headers: Record<string, string>, title: string) => Promise<Answer>,
  endpoint: Endpoint,
  url: URL,
  credentials: Credentials | undefined,
  now: () => number,
): Promise<Token> {
  const title = `${url.host}, the token service of ${endpoint.title},`;
  const asked = now();
  const answer = await get(url, credentials === undefined ? {} : { authorization: basic(credentials) }, title);
  if (answer.status !== 200) {
    await answer.discard();
    if (answer.status === 429) throw rateLimitError(title, answer.headers.get('retry-after'), { status: 429 });
    const denied = answer.status === 401 || answer.status === 403;
    const hint =
      credentials === undefined ? 'the image may not exist, or be private' : 'check the user name and the password';
    throw new TsdockerError(
      'registry',
      denied ? `${title} denied access` : `${title} answered ${answer.status}`,
      denied ? { hint } : {},
    );
  }
  const body = Buffer.from(await readWhole(answer, largestToken, `the answer of ${title}`)).toString('utf8');
  const { token, seconds } = parseToken(body, title);
  return { header: `Bearer ${token}`, expires: asked + Math.max(seconds, shortestLife) * 1000 };
}

/** Throws `registry`. The text is never shown: it may hold a token. */
export function parseToken(body: string, title: string): { token: string; seconds: number } {
  let fields: { token?: unknown; access_token?: unknown; expires_in?: unknown } | null = null;
  try {
    fields = JSON.parse(body);
  } catch {
    // Told below, without the text that the error would quote.
  }
  const token = fields?.token || fields?.access_token;
  // RFC 6750, 2.1: b64token; anything else could break out of the header.
  if (typeof token !== 'string' || !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new TsdockerError('registry', `${title} gave no token`);
  }
  const seconds = fields?.expires_in;
  return { token, seconds: typeof seconds === 'number' && seconds > 0 ? seconds : shortestLife };
}
