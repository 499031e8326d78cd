// The PORTS of `ps`, as Docker writes them: what stands next to each other is one range (docker/cli: DisplayablePorts).
import type { ContainerPort } from '../engine/container-ports.ts';

interface Group {
  /** Before the numbers: `0.0.0.0:`, or nothing. */
  readonly address: string;
  readonly protocol: string;
  readonly first: number;
  last: number;
}

/** @param ports By their numbers. Those that have another number on the host stand at the end, one by one. */
export function portWords(ports: readonly ContainerPort[]): string {
  const [done, moved]: [string[], string[]] = [[], []];
  const groups = new Map<string, Group>();
  for (const { port, protocol, hostAddress, hostPort } of ports) {
    if (hostAddress !== undefined && hostPort !== port) {
      moved.push(`${hostAddress}:${hostPort}->${port}/${protocol}`);
      continue;
    }
    const key = `${hostAddress ?? ''}/${protocol}`;
    const group = groups.get(key);
    if (group?.last === port - 1) {
      group.last = port;
      continue;
    }
    if (group !== undefined) done.push(groupWords(group));
    const address = hostAddress === undefined ? '' : `${hostAddress}:`;
    groups.set(key, { address, protocol, first: port, last: port });
  }
  return [...done, ...[...groups.values()].map(groupWords), ...moved].join(', ');
}

function groupWords({ address, protocol, first, last }: Group): string {
  const range = first === last ? `${first}` : `${first}-${last}`;
  return `${address === '' ? '' : `${address}${range}->`}${range}/${protocol}`;
}
