// Where a redirect may lead, decided before it is followed. Registries send blobs from elsewhere; a hostile one would send us
// to a file, around in circles, or to a host of its own with our credentials (CVE-2020-15157).
import { TsdockerError } from '../error.ts';

/** Enough for a registry, its content network and a load balancer. */
export const mostRedirects = 5;

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

export interface Request {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The request that a redirect leads to; without the Authorization header as soon as it leaves the origin, and for good. Throws
 * `registry`.
 * @param followed How many redirects there were before.
 * @param title Who was asked, for messages. Those name hosts only: queries carry signatures.
 */
export function followRedirect(from: Request, location: string | null, followed: number, title: string): Request {
  const refuse = (why: string): never => {
    throw new TsdockerError('registry', `${title} redirects ${why}`);
  };
  if (followed >= mostRedirects) refuse(`more than ${mostRedirects} times`);
  if (location === null || !URL.canParse(location, from.url)) return refuse('to nowhere');
  const url = new URL(location, from.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    refuse(`to the scheme ${JSON.stringify(url.protocol.slice(0, 20))}, which is neither http nor https`);
  }
  // A manifest asked for by tag has nothing but the connection to vouch for it.
  if (from.url.protocol === 'https:' && url.protocol === 'http:') refuse(`from https to plain http at ${url.host}`);
  if (url.username !== '' || url.password !== '') refuse(`to ${url.host} with credentials in the address`);
  if (url.origin === from.url.origin) return { url, headers: from.headers };
  const headers = Object.entries(from.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  return { url, headers: Object.fromEntries(headers) };
}
