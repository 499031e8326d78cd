// What the shim does about networks at the container's end: the stored program `release` of the bundle (launch/release.ts).
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePhase } from '../../launch/encode.ts';
import { compileRelease } from '../../launch/release.ts';
import { forgetFlowsBy } from '../../network/flows.ts';
import { unpublishBatch } from '../../network/nftables/published.ts';
import { bundlePath } from '../../store/bundles.ts';
import type { HostPort } from '../../store/ports.ts';
import type { Store } from '../../store/store.ts';
import { namesFiles } from './names.ts';
import { type Joined, translationsOf } from './wiring.ts';

/** Whole or not at all: the container may end at any moment. */
export function writeRelease(
  store: Store,
  { id }: { readonly id: string },
  joined: readonly Joined[],
  ports: readonly HostPort[],
): void {
  const { published, relayed6 } = translationsOf(ports, joined);
  const batches = [
    ...(published.length + relayed6.length > 0 ? [unpublishBatch(published, relayed6)] : []),
    ...published.filter(({ protocol }) => protocol === 'udp').map(forgetFlowsBy),
  ];
  const path = join(bundlePath(store, id), 'release');
  writeFileSync(`${path}.new`, encodePhase(compileRelease(batches, namesFiles(store, id, joined))), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
