// The token service that a registry names in its challenge: how it is asked, and what its answer holds. distribution's "Token Authentication Specification" (a GET with a password) and its "OAuth2 Token Authentication" (a POST
// with an identity token, which `login` was given in place of the password).
import { TsdockerError } from '../error.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { rateLimitError } from './registry-error.ts';
import { type Answer, readWhole } from './transport.ts';

export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** One request to its answer, with retries where the caller wants them. @param title Who is asked, for messages. */
export type SendToken = (request: TokenRequest, title: string) => Promise<Answer>;

export interface Token {
  /** The Authorization header that it makes. */
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** What may be kept in place of the password, where it was asked for and given. */
  readonly identityToken?: string;
}

export interface TokenWish {
  readonly endpoint: Endpoint;
  /** From `tokenAddress` (token-address.ts). */
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  /** Why there are no credentials, where that has a reason; for the hint of a refusal. */
  readonly trouble?: string | undefined;
  /** Asks for an identity token too: somebody logs in. */
  readonly offline?: boolean;
}

/** A token service may leave the time out, and then means this (the specification, "expires_in"). */
const shortestLife = 60;
const largestToken = 2 ** 20;
/** Token services record it; the specification asks for one. */
const clientId = 'tsdocker';

/** Throws `registry` where the service refuses or cannot be understood. @param now Milliseconds since the epoch. */
export async function fetchToken(send: SendToken, wish: TokenWish, now: () => number = Date.now): Promise<Token> {
  const { endpoint, url, credentials } = wish;
  const title = `${url.host}, the token service of ${endpoint.title},`;
  const asked = now();
  const answer = await send(tokenRequest(wish), title);
  if (answer.status !== 200) {
    await answer.discard();
    if (answer.status === 429) throw rateLimitError(title, answer.headers.get('retry-after'), { status: 429 });
    // OAuth2 says 400 to a token that has run out (RFC 6749, 5.2).
    const refused = [401, 403, ...(credentials?.identityToken === undefined ? [] : [400])];
    const denied = refused.includes(answer.status);
    throw new TsdockerError(
      'registry',
      denied ? `${title} denied access` : `${title} answered ${answer.status}`,
      denied ? { hint: wish.trouble ?? deniedHint(credentials) } : {},
    );
  }
  const body = Buffer.from(await readWhole(answer, largestToken, `the answer of ${title}`)).toString('utf8');
  const { token, seconds, identityToken } = parseToken(body, title);
  return {
    header: `Bearer ${token}`,
    expires: asked + Math.max(seconds, shortestLife) * 1000,
    ...(wish.offline === true && identityToken !== undefined && { identityToken }),
  };
}

function deniedHint(credentials: Credentials | undefined): string {
  if (credentials === undefined) return 'the image may not exist, or be private';
  if (credentials.identityToken !== undefined) return 'log in again: the identity token may have run out';
  return 'check the user name and the password';
}

function tokenRequest({ url, credentials, offline }: TokenWish): TokenRequest {
  if (credentials?.identityToken !== undefined) {
    const { searchParams } = url;
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.identityToken,
      service: searchParams.get('service') ?? '',
      client_id: clientId,
    });
    const scope = searchParams.getAll('scope').join(' ');
    if (scope !== '') form.set('scope', scope);
    const realm = new URL(url);
    for (const name of ['service', 'scope']) realm.searchParams.delete(name);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()) };
  }
  const asked = new URL(url);
  if (credentials !== undefined) asked.searchParams.set('account', credentials.username);
  if (offline === true) {
    asked.searchParams.set('client_id', clientId);
    asked.searchParams.set('offline_token', 'true');
  }
  return {
    method: 'GET',
    url: asked,
    headers: credentials === undefined ? {} : { authorization: basic(credentials) },
  };
}

/** The Authorization header of RFC 7617, in UTF-8. */
export const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;

export interface ParsedToken {
  readonly token: string;
  readonly seconds: number;
  readonly identityToken?: string;
}

/** Throws `registry`. The text is never shown: it may hold a token. */
export function parseToken(body: string, title: string): ParsedToken {
  let fields: { token?: unknown; access_token?: unknown; expires_in?: unknown; refresh_token?: unknown } | null = null;
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
  const refresh = fields?.refresh_token;
  return {
    token,
    seconds: typeof seconds === 'number' && seconds > 0 ? seconds : shortestLife,
    ...(typeof refresh === 'string' && refresh !== '' && { identityToken: refresh }),
  };
}
