// What a container reads about its networks: /etc/hosts and /etc/resolv.conf, files of the bundle that are bound into it, and what its
// resolver goes by. Written at each start, and in place when networks are connected and disconnected: what is bound is the file
// itself, not its name.
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hostnameOf } from '../../spec/compile-spec.ts';
import { etcFiles } from '../../spec/etc-files.ts';
import { hostEntries } from '../../spec/hosts-file.ts';
import { type NamesMode, resolvConfFile } from '../../spec/resolv-conf.ts';
import { bundlePath } from '../../store/bundles.ts';
import type { ContainerRecord } from '../../store/containers.ts';
import type { Store } from '../../store/store.ts';
import { hostname, readHostFiles } from '../host.ts';
import { namesFolder } from './names.ts';
import { addressesOf, hasNames, type Joined } from './wiring.ts';

const namesModeOf = (joined: readonly Joined[]): NamesMode =>
  joined.some(({ network }) => hasNames(network)) ? 'resolver' : joined.length > 0 ? 'bridge' : 'none';

/** @returns Whether the container needs a resolver; the bundle's file for it is then written. Throws `usage` for a host-gateway that is none. */
export function writeNetworkFiles(store: Store, record: ContainerRecord, joined: readonly Joined[]): boolean {
  const { options } = record.settings;
  const bundle = bundlePath(store, record.id);
  const host = readHostFiles();
  const mode = namesModeOf(joined);
  const ipv6 = joined.some(({ endpoint }) => endpoint.address6 !== undefined);
  const hostGateway = joined[0]?.network.settings.subnets.map(({ gateway }) => gateway) ?? [];
  const files = etcFiles(
    {
      mode,
      hostname: hostnameOf(options, { id: record.id, hostname: hostname() }),
      host,
      addresses: joined.flatMap(({ endpoint }) => addressesOf(endpoint)),
      extraHosts: hostEntries(options.extraHosts, hostGateway),
      ipv6,
    },
    options,
  );
  for (const { path, content } of files) overwrite(join(bundle, path.slice('/etc/'.length)), content);
  const { needsResolver, servers } = resolvConfFile({ ...options, mode, host, ipv6 });
  if (needsResolver) writeFileSync(join(bundle, 'resolver'), resolverText(store, joined, servers), { mode: 0o600 });
  return needsResolver;
}

/** The file itself, as it may be bound. Not emptied first: ext4 then takes milliseconds to bring it to the disk (ext4(5), "auto_da_alloc"). */
function overwrite(path: string, content: string): void {
  let before = '';
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    // it was not there
  }
  if (before === content) return;
  const file = openSync(path, before === '' ? 'w' : 'r+', 0o644);
  try {
    writeSync(file, content);
    ftruncateSync(file, Buffer.byteLength(content));
  } finally {
    closeSync(file);
  }
}

/** The lines of the bundle's file `resolver` (native/README.md). */
const resolverText = (store: Store, joined: readonly Joined[], servers: readonly string[]): string =>
  [
    ...joined
      .filter(({ network }) => hasNames(network))
      .map(({ network }) => `names ${namesFolder(store, network.id)}\n`),
    ...(joined.some(({ network }) => !network.settings.internal) ? ['forward\n'] : []),
    ...servers.map((address) => `server ${address}\n`),
  ].join('');
