// From a registry's name to the addresses that serve it: its mirrors, then itself.
import type { RegistryConfiguration } from './configuration.ts';

export interface Endpoint {
  /** `https://registry-1.docker.io`; the specification's paths (`/v2/…`) follow it. */
  readonly origin: string;
  /** The name that credentials are kept under: the registry's, or the mirror's host. */
  readonly name: string;
  /** For messages: `the registry docker.io`. */
  readonly title: string;
}

/** Docker Hub's name is not its host. */
const hostOf: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** In the order they are to be asked; the last is the registry itself. @param domain As a reference has it. */
export function endpointsOf(domain: string, configuration: RegistryConfiguration): Endpoint[] {
  const settings = configuration.get(domain);
  const mirrors = (settings?.mirrors ?? []).map((origin) => {
    const { host } = new URL(origin);
    return { origin, name: host, title: `the mirror ${host}` };
  });
  const host = hostOf[domain] ?? domain;
  const plain = settings?.plainHttp ?? isLoopback(host);
  return [
    ...mirrors,
    { origin: new URL(`${plain ? 'http' : 'https'}://${host}`).origin, name: domain, title: `the registry ${domain}` },
  ];
}

/** Nobody can listen in on the loopback, and who tries a registry there has no certificate for it. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}
