// Where a token service may be (distribution, "Token Authentication Specification", realm). ATTACK: the address comes from the
// registry, and a password goes there: a registry, or who sits in between, would have it sent where they listen.
import { TsdockerError } from '../error.ts';
import type { Challenge } from './challenge.ts';
import type { Endpoint } from './endpoint.ts';
import { isOnlyHere } from './redirect.ts';

/**
 * The realm with its query. The scope is ours, whatever the registry wishes for. Throws `registry` for a place that must not
 * hear of us: a registry that was reached by https cannot have us talk to a token service by plain http, where others listen,
 * one that was reached by plain http cannot have a password sent by plain http to a third host, and none from elsewhere has
 * anything to say of this machine.
 * @param scopes `repository:library/busybox:pull`; none to log in. @param secret Whether credentials will be sent.
 */
export function tokenAddress(
  endpoint: Endpoint,
  scopes: readonly string[],
  { parameters }: Challenge,
  secret: boolean,
): URL {
  const refuse = (why: string): never => {
    throw new TsdockerError('registry', `${endpoint.title} names a token service that ${why}`);
  };
  const realm = parameters.realm ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : refuse('is not an address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('is reached by neither http nor https');
  if (url.username !== '' || url.password !== '') refuse('has credentials in its address');
  const from = new URL(endpoint.origin);
  if (url.protocol === 'http:' && from.protocol === 'https:') refuse('is reached by plain http');
  const here = isOnlyHere(url.hostname);
  if (here && !isOnlyHere(from.hostname)) refuse('is on this machine itself');
  if (secret && url.protocol === 'http:' && !here && url.hostname !== from.hostname) {
    refuse('is another host, reached by plain http: it gets no credentials');
  }
  if (parameters.service !== undefined) url.searchParams.set('service', parameters.service);
  // ATTACK: a realm that brings a scope of its own would have us ask for rights that nobody asked for.
  url.searchParams.delete('scope');
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}
