// Who we are to a registry: Basic credentials, or Docker's token flow, where a token service named by the registry gives out a
// short-lived token for one repository (distribution's "Token Authentication Specification"; RFC 7617).

import { TsdockerError } from '../error.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { CredentialLookup, Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { basic, fetchToken, type SendToken, type Token } from './token.ts';
import { tokenAddress } from './token-address.ts';

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
  /** For the words of a refusal: whether an endpoint was shown credentials, or why it could not be. */
  standing(endpoint: Endpoint): Standing;
}

export interface Standing {
  readonly authenticated: boolean;
  /** Why the credentials could not be looked up, where they could not. */
  readonly trouble?: string;
}

export interface AuthenticatorOptions {
  /** What is wanted of a repository: `repository:library/busybox:pull`, and only that, unless told. */
  readonly scopesOf?: (repository: string) => readonly string[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const toPull = (repository: string): readonly string[] => [`repository:${repository}:pull`];

/**
 * @param lookUp Asked once for each endpoint, when that first wants to know who we are. Where it fails we are nobody, as for
 * Docker: most images are for everybody. @param send One request with retries.
 */
export function createAuthenticator(
  lookUp: CredentialLookup,
  send: SendToken,
  { scopesOf = toPull, now = Date.now }: AuthenticatorOptions = {},
): Authenticator {
  /** By realm, service and scope: layers fetched side by side share one request. */
  const tokens = new Map<string, Promise<Token>>();
  const working = new Map<string, Token>();
  const lookups = new Map<string, Promise<Credentials | undefined>>();
  const standings = new Map<string, Standing>();
  const placeOf = (endpoint: Endpoint, repository: string) => `${endpoint.origin} ${repository}`;

  function credentialsFor({ name }: Endpoint): Promise<Credentials | undefined> {
    const known = lookups.get(name);
    if (known !== undefined) return known;
    const asked = lookUp(name).then(
      (found) => {
        standings.set(name, { authenticated: found !== undefined });
        return found;
      },
      (error: unknown) => {
        if (!(error instanceof TsdockerError)) throw error;
        standings.set(name, { authenticated: false, trouble: error.message });
        return undefined;
      },
    );
    lookups.set(name, asked);
    return asked;
  }

  async function bearer(
    endpoint: Endpoint,
    repository: string,
    challenge: Challenge,
    refused: string | undefined,
  ): Promise<Token> {
    const credentials = await credentialsFor(endpoint);
    const url = tokenAddress(endpoint, scopesOf(repository), challenge, credentials !== undefined);
    // Mirrors may name one token service, and have their own credentials there.
    const place = `${endpoint.name} ${url.href}`;
    for (let pending = tokens.get(place); pending !== undefined; ) {
      const earlier = await pending.catch(() => undefined);
      if (earlier !== undefined && earlier.header !== refused && earlier.expires > now()) return earlier;
      // Another layer may have asked for a new one meanwhile.
      const newer = tokens.get(place);
      pending = newer === pending ? undefined : newer;
    }
    const { trouble } = standings.get(endpoint.name) ?? {};
    const asked = fetchToken(send, { endpoint, url, credentials, trouble }, now);
    tokens.set(place, asked);
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
      let token: Token | undefined;
      if (wantsToken !== undefined) token = await bearer(endpoint, repository, wantsToken, refused);
      else if (challenges.some(({ scheme }) => scheme === 'basic')) {
        const own = await credentialsFor(endpoint);
        // An identity token is for token services only.
        if (own !== undefined && own.identityToken === undefined) {
          token = { header: basic(own), expires: Number.POSITIVE_INFINITY };
        }
      }
      if (token === undefined || token.header === refused) return undefined;
      working.set(placeOf(endpoint, repository), token);
      return token.header;
    },
    standing: ({ name }) => standings.get(name) ?? { authenticated: false },
  };
}
