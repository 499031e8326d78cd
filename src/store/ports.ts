// The ports of the host that a running container has: a file of its bundle, written when it starts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePath } from './bundles.ts';
import type { Store } from './store.ts';

export interface HostPort {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0` and `::` are every address of their family. */
  readonly hostAddress: string;
  readonly hostPort: number;
  /** Of the container. */
  readonly port: number;
}

/** Says something of a container that runs only; none where there is no such file. */
export function readPorts(store: Pick<Store, 'paths'>, id: string): HostPort[] {
  try {
    const ports: unknown = JSON.parse(readFileSync(join(bundlePath(store, id), 'ports'), 'utf8'));
    return Array.isArray(ports) ? ports : [];
  } catch {
    return [];
  }
}

export function writePorts(store: Pick<Store, 'paths'>, id: string, ports: readonly HostPort[]): void {
  const path = join(bundlePath(store, id), 'ports');
  writeFileSync(path, JSON.stringify(ports), { mode: 0o600 });
}
