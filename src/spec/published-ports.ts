// Which ports of a container are published, and which are only known of: flags and image together. Pure.
import { hasNetworks } from './networks.ts';
import type { PublishedPort, RunOptions } from './run-options.ts';

type Asked = Pick<RunOptions, 'network' | 'publish' | 'publishAll' | 'expose'>;

/**
 * What is to be published. @param ofImage `ExposedPorts` of its config: text of others, of which what makes no sense is passed over.
 * Nothing without a network of its own.
 */
export function publishedPorts(options: Asked, ofImage: readonly string[] = []): readonly PublishedPort[] {
  if (!hasNetworks(options.network)) return [];
  if (!options.publishAll) return options.publish;
  const known = new Set(options.publish.map(portWord));
  const others = exposedPorts({ ...options, publish: [] }, ofImage).flatMap((word): PublishedPort[] => {
    const { port, protocol } = takeApart(word);
    return known.has(word) || protocol === 'sctp' ? [] : [{ hostPort: 0, port, protocol }];
  });
  return [...options.publish, ...others];
}

/** All ports that image and flags tell of, `80/tcp` each, in the order of their numbers. */
export function exposedPorts(
  { publish, expose }: Pick<Asked, 'publish' | 'expose'>,
  ofImage: readonly string[] = [],
): string[] {
  const words = new Set([...ofImage.flatMap(portOfImage), ...expose, ...publish.map(portWord)]);
  return [...words].sort(byPort);
}

export const portWord = ({ port, protocol }: { readonly port: number; readonly protocol: string }): string =>
  `${port}/${protocol}`;

/** @param word Of exposedPorts. */
export function takeApart(word: string): { port: number; protocol: 'tcp' | 'udp' | 'sctp' } {
  const [port, protocol] = word.split('/');
  return { port: Number(port), protocol: protocol as 'tcp' | 'udp' | 'sctp' };
}

/** By protocol, and then by number: as `ps` and `inspect` show them. */
function byPort(a: string, b: string): number {
  const [one, other] = [takeApart(a), takeApart(b)];
  return one.port - other.port || (one.protocol < other.protocol ? -1 : one.protocol > other.protocol ? 1 : 0);
}

/** `80`, `53/udp` (image-spec config.md, "ExposedPorts"). */
function portOfImage(text: string): string[] {
  const [, port = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535 ? [`${Number(port)}/${protocol}`] : [];
}
