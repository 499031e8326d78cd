// Where a redirect may lead, decided before it is followed. Registries send blobs from elsewhere; a hostile one would send us
// to a file, around in circles, or to a host of its own with our credentials (CVE-2020-15157).
import { TsdockerError } from '../error.ts';

/** Enough for a registry, its content network and a load balancer. */
export const mostRedirects = 5;

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

export interface Request {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** GET unless told. */
  readonly method?: string;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Bytes, where the body is not in memory; without it the body is sent in chunks. */
  readonly contentLength?: number;
}

/**
 * The request that a redirect leads to; without the Authorization header as soon as it leaves the origin, and for good. Throws
 * `registry`.
 * @param followed How many redirects there were before.
 * @param title Who was asked, for messages. Those name hosts only: queries carry signatures.
 */
export function followRedirect(
  from: Request,
  location: string | null,
  followed: number,
  title: string,
  status = 307,
): Request {
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
  // ATTACK: what listens on this machine, or serves its metadata, trusts who asks; a registry elsewhere has nothing there.
  if (isOnlyHere(url.hostname) && !isOnlyHere(from.url.hostname)) refuse(`to this machine itself, at ${url.host}`);
  const { method = 'GET', body } = from;
  const isSafe = method === 'GET' || method === 'HEAD';
  // RFC 9110, 15.4: the others make a GET of it, and none was asked for.
  if (!isSafe && status !== 307 && status !== 308) refuse(`a ${method} with ${status}`);
  if (body !== undefined && !(body instanceof Uint8Array)) refuse('in the middle of an upload');
  if (url.origin === from.url.origin) return { ...from, url };
  // ATTACK: a body may hold a password or a private image, neither of which is another host's.
  if (!isSafe) refuse(`a ${method} to ${url.host}`);
  const headers = Object.entries(from.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  return { ...from, url, headers: Object.fromEntries(headers) };
}

/**
 * True for addresses that mean another machine to everyone who uses them: the loopback, no address at all, and link-local
 * ones, where clouds keep a machine's secrets (RFC 1122, 3.2.1.3; RFC 3927; RFC 4291; RFC 6761, 6.3).
 * @param hostname Of a URL, which has written IPv4 addresses with four numbers and IPv6 ones in their shortest form.
 */
export function isOnlyHere(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (/^(?:127|0)(?:\.\d{1,3}){3}$/.test(name) || /^169\.254(?:\.\d{1,3}){2}$/.test(name)) return true;
  // An IPv4 address within one of IPv6: 127.0.0.1 is 7f00:1.
  return /^\[(?:::1?|fe[89ab][0-9a-f]:.*|::(?:ffff:)?(?:7f[0-9a-f]{2}|a9fe|0):.*)\]$/.test(name);
}
