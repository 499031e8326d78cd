// One registry's entry in Docker's config.json, from its fields to credentials and back (moby's cli/config/configfile, decodeAuth
// and encodeAuth).
import type { Credentials } from './credentials.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined for an entry that holds nothing. @param wrong Throws; told what is wrong, without the value. */
export function parseEntry(entry: unknown, wrong: (why: string) => never): Credentials | undefined {
  if (!isFields(entry)) return wrong('is not an object');
  const { auth = '', identitytoken = '', username = '', password = '' } = entry;
  for (const value of [auth, identitytoken, username, password]) {
    if (typeof value !== 'string') return wrong('has a field that is not a string');
  }
  const own = auth === '' ? { username, password } : decodeAuth(auth as string);
  if (own === undefined) return wrong('is not base64 of a name, a colon and a password');
  const credentials = {
    ...(own as Credentials),
    ...(identitytoken !== '' && { identityToken: identitytoken as string }),
  };
  // An entry without anything is what Docker leaves where a helper has the rest.
  if (credentials.username === '' && credentials.identityToken === undefined) return undefined;
  checkCredentials(credentials, wrong);
  return credentials;
}

function decodeAuth(auth: string): Credentials | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(auth)) return undefined;
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined) return undefined;
  // Docker's own encoder once filled up with zeros, and its decoder takes them off.
  return { username, password: password.replace(/^\0+|\0+$/g, '') };
}

/**
 * Refuses what could break out of a header or of the line that a helper reads, and a name that RFC 7617, 2 cannot carry.
 * @param wrong Throws; told what is wrong, without the value.
 */
export function checkCredentials(
  { username, password, identityToken = '' }: Credentials,
  wrong: (why: string) => never,
): void {
  for (const [what, value] of Object.entries({ username, password, 'identity token': identityToken })) {
    if (/\p{Cc}/u.test(value)) wrong(`has a control character, such as a line break, in its ${what}`);
  }
  if (username.includes(':')) wrong('has a colon in its username');
}

/** As Docker writes it: beside an identity token stands the name with an empty password. Nothing where a helper keeps it. */
export function encodeEntry(credentials: Credentials | undefined): Fields {
  if (credentials === undefined) return {};
  const { username, identityToken } = credentials;
  const password = identityToken === undefined ? credentials.password : '';
  return {
    auth: Buffer.from(`${username}:${password}`, 'utf8').toString('base64'),
    ...(identityToken !== undefined && { identitytoken: identityToken }),
  };
}
