// From a registry's name to the addresses that serve it: its mirrors, then itself.
import { TsdockerError } from '../error.ts';
import type { RegistryConfiguration } from './configuration.ts';

export interface Endpoint {
  /** `https://registry-1.docker.io`; the specification's paths (`/v2/…`) follow it. */
  readonly origin: string;
  /** The name that credentials are kept under: the registry's, or the mirror's host. */
  readonly name: string;
  readonly isMirror: boolean;
  /** For messages: `the registry docker.io`. */
  readonly title: string;
}

/** Docker Hub's name is not its host. */
const hostOf: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/**
 * In the order they are to be asked; the last is the registry itself. Throws `usage` for a domain that the grammar of
 * references allows and no address can have, such as 256.1.1.1 or a port above 65535.
 * @param domain As a reference has it.
 */
export function endpointsOf(domain: string, configuration: RegistryConfiguration): Endpoint[] {
  const settings = configuration.get(domain);
  const mirrors = (settings?.mirrors ?? []).map((origin) => {
    const { host } = new URL(origin);
    return { origin, name: host, isMirror: true, title: `the mirror ${host}` };
  });
  const host = hostOf.get(domain) ?? domain;
  const plain = settings?.plainHttp ?? isLoopback(host);
  const address = `${plain ? 'http' : 'https'}://${host}`;
  if (!URL.canParse(address)) {
    throw new TsdockerError('usage', `${JSON.stringify(domain)} cannot be the address of a registry`, {
      hint: 'check the host and the port',
    });
  }
  return [
    ...mirrors,
    { origin: new URL(address).origin, name: domain, isMirror: false, title: `the registry ${domain}` },
  ];
}

/** Nobody can listen in on the loopback, and who tries a registry there has no certificate for it. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
