// An image that has a shell, and on it whatever layers a test wants, put into a store without a registry.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pullImage } from '../../src/engine/pull.ts';
import { parseReference } from '../../src/image/reference.ts';
import type { LayerPlace } from '../../src/layer/place.ts';
import { findImage } from '../../src/store/images.ts';
import { openStore } from '../../src/store/store.ts';
import { hostArchitecture, type LayerEntry, type LayerSource, makeOciLayout } from './image-fixture.ts';
import { layoutSource } from './layout-source.ts';

const commands = 'cat chmod chown cp dd echo ls ln mkdir mkfifo mknod mv rm sh sleep stat sync test touch true'.split(
  ' ',
);

const busybox = (): LayerEntry[] => [
  { name: 'bin/', type: 'directory', mode: 0o755 },
  { name: 'bin/busybox', mode: 0o755, body: readFileSync('/bin/busybox') },
  ...commands.map((name): LayerEntry => ({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox' })),
  ...['dev', 'etc', 'proc', 'sys', 'tmp'].map((name): LayerEntry => ({ name: `${name}/`, type: 'directory' })),
];

/** Adds the image `name` to the store `root`; returns its layers, the topmost first. */
export async function addBusybox(
  root: string,
  name: string,
  ...layers: readonly LayerSource[]
): Promise<readonly LayerPlace[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-layout-'));
  try {
    const layout = await makeOciLayout(folder, {
      layers: [busybox(), ...layers],
      compression: 'none',
      config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
    });
    using store = openStore(root);
    await pullImage(store, layoutSource(layout), parseReference(name), { platform: hostArchitecture });
    return findImage(store, name)!.layers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
