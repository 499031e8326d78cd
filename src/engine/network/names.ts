// The names by which containers of a network find each other: a folder a network, a file of hosts(5) a container, which their
// resolvers read (native/resolver.c). A file goes with its container's end; the shim removes it.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from '../../store/containers.ts';
import type { Store } from '../../store/store.ts';
import { hasNames, type Joined, namesText } from './wiring.ts';

type Place = Pick<Store, 'root'>;

export const networkFolder = ({ root }: Place, networkId: string): string => join(root, 'network', networkId);
export const namesFolder = (store: Place, networkId: string): string => join(networkFolder(store, networkId), 'names');

/** Where a container is known by name. */
export const namesFiles = (store: Place, containerId: string, joined: readonly Joined[]): string[] =>
  joined
    .filter(({ network }) => hasNames(network))
    .map(({ network }) => join(namesFolder(store, network.id), containerId));

/** Whole or not at all; resolvers may be reading. */
export function writeNames(store: Place, container: ContainerRecord, joined: readonly Joined[]): void {
  for (const each of joined.filter(({ network }) => hasNames(network))) {
    const folder = namesFolder(store, each.network.id);
    mkdirSync(folder, { recursive: true, mode: 0o755 }); // a resolver has no privileges
    const unfinished = join(networkFolder(store, each.network.id), `${container.id}.new`);
    writeFileSync(unfinished, namesText(container, each), { mode: 0o644 });
    renameSync(unfinished, join(folder, container.id));
  }
}

export function removeNames(store: Place, containerId: string, networkId: string): void {
  rmSync(join(namesFolder(store, networkId), containerId), { force: true });
}
