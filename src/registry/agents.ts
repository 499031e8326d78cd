// How each origin is reached: its connections, kept for the next request, through the proxy that the environment names for it,
// with the authorities and the certificates that this machine has for it.
import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { certificateFolders, readCertificates } from './certificates.ts';
import { type ProxyEnvironment, proxyFor } from './proxy.ts';

export interface AgentOptions {
  /** Where certificates are looked for; certificateFolders unless told. */
  readonly certificates?: readonly string[] | undefined;
  /** Where proxies and the folder of certificates are named; process.env unless told. */
  readonly environment?: ProxyEnvironment | undefined;
}

export interface Agents {
  /** Throws `usage` for certificates or proxies that are of no use. */
  for(url: URL): Agent;
  /** Host and port of the proxy in between, for messages; undefined where there is none. Throws as `for`. */
  proxyHost(url: URL): string | undefined;
}

/** More requests to one origin than this wait for one another. */
const mostConnections = 8;

export function createAgents({ environment = process.env, ...options }: AgentOptions): Agents {
  const { certificates = certificateFolders(environment) } = options;
  const agents = new Map<string, Agent>();
  function make(url: URL): Agent {
    const proxy = proxyFor(url, environment);
    const common = { keepAlive: true, maxSockets: mostConnections, scheduling: 'lifo' as const };
    const proxied = { ...common, ...(proxy && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }) };
    if (url.protocol === 'http:') return new HttpAgent(proxied);
    const { authorities, pairs } = readCertificates(url.host, certificates);
    return new HttpsAgent({
      ...proxied,
      ...(authorities.length > 0 && { ca: [...getCACertificates('default'), ...authorities] }),
      ...(pairs.length > 0 && { cert: pairs.map(({ cert }) => cert), key: pairs.map(({ key }) => key) }),
    });
  }
  return {
    for(url) {
      const known = agents.get(url.origin);
      if (known !== undefined) return known;
      const agent = make(url);
      agents.set(url.origin, agent);
      return agent;
    },
    proxyHost(url) {
      const proxy = proxyFor(url, environment);
      return proxy === undefined ? undefined : new URL(proxy).host;
    },
  };
}
