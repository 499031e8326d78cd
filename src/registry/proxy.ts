// Which proxy stands before an origin, by the environment and by the rules that Docker has from Go (golang.org/x/net/http/httpproxy):
// HTTP_PROXY, HTTPS_PROXY and NO_PROXY, large or small, and never for this machine itself.
import { BlockList, isIP } from 'node:net';
import { TsdockerError } from '../error.ts';

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** The proxy's address, or undefined where there is none. Throws `usage` for one that cannot be used. */
export function proxyFor(url: URL, environment: ProxyEnvironment): string | undefined {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined;
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = read(name);
  if (value === undefined || isLoopback(bareHost(url)) || isExcepted(url, read('NO_PROXY') ?? '')) return undefined;
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(whole)) throw new TsdockerError('usage', `${name} is not an address`);
  const proxy = new URL(whole);
  if (proxy.protocol === 'http:' || proxy.protocol === 'https:') return proxy.href;
  throw new TsdockerError('usage', `${name} names a proxy of the kind ${proxy.protocol.slice(0, -1)}`, {
    hint: 'http and https proxies can be used',
  });
}

const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, family(host)));

/** NO_PROXY: `*`, addresses, blocks of addresses, `example.com` with all below it, `.example.com` for those only; with a port or without. */
export function isExcepted(url: URL, list: string): boolean {
  const host = bareHost(url);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  const [, block = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(block) !== 0) return isIP(host) !== 0 && inBlock(host, block, Number(bits));
  const bare = isIP(entry) === 6 ? entry : entry.replace(/:(\d+)$/, '');
  const entryPort = bare === entry ? undefined : entry.slice(bare.length + 1);
  if (entryPort !== undefined && entryPort !== port) return false;
  const name = bare.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0) return name === host;
  const suffix = name.replace(/^\*/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function inBlock(host: string, block: string, bits: number): boolean {
  if (bits > (isIP(block) === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(block, bits, family(block));
  return list.check(host, family(host));
}
