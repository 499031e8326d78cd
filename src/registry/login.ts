// Whether a registry takes credentials: asked at the root of its API, which wants what everything below it wants
// (distribution-spec, "Determining Support"; `docker login` asks the same).
import { TsdockerError } from '../error.ts';
import { parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { basic, fetchToken, type SendToken } from './token.ts';
import { tokenAddress } from './token-address.ts';

/**
 * The credentials to keep: the ones given, or the identity token that the token service gives in place of the password. A
 * registry that asks nobody takes anything. Throws `registry` where the credentials are not taken.
 */
export async function checkLogin(endpoint: Endpoint, credentials: Credentials, send: SendToken): Promise<Credentials> {
  const url = new URL(`${endpoint.origin}/v2/`);
  const ask = async (headers: Record<string, string>) => {
    const answer = await send({ method: 'GET', url, headers }, endpoint.title);
    await answer.discard();
    return answer;
  };
  const first = await ask({});
  if (first.status === 200) return credentials;
  const header = first.headers.get('www-authenticate');
  // A challenge from where a redirect led is not the registry's.
  if (first.status !== 401 || first.elsewhere || header === null) throw noRegistry(endpoint, first.status);
  const challenges = parseChallenges(header);
  const wantsToken = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined);
  let identityToken: string | undefined;
  let authorization: string;
  if (wantsToken !== undefined) {
    const service = tokenAddress(endpoint, [], wantsToken, true);
    const token = await fetchToken(send, { endpoint, url: service, credentials, offline: true });
    authorization = token.header;
    identityToken = token.identityToken;
  } else if (challenges.some(({ scheme }) => scheme === 'basic')) authorization = basic(credentials);
  else throw new TsdockerError('registry', `${endpoint.title} wants another kind of login than a password or a token`);
  const second = await ask({ authorization });
  if (second.status === 401 || second.status === 403) {
    throw new TsdockerError('registry', `${endpoint.title} denied access`, {
      hint: 'check the user name and the password',
    });
  }
  if (second.status !== 200) throw noRegistry(endpoint, second.status);
  return identityToken === undefined ? credentials : { ...credentials, identityToken };
}

const noRegistry = ({ title }: Endpoint, status: number): TsdockerError =>
  new TsdockerError('registry', `${title} answered ${status} to a login`, {
    ...(status === 404 && { hint: 'it may be no registry: check the name and the port' }),
    details: { status },
  });
