// The layer drivers, for tests that ask the same of each.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChainID } from '../../src/image/digest.ts';
import { chooseDriver } from '../../src/layer/choose-driver.ts';
import { directoryDriver } from '../../src/layer/directory-driver.ts';
import type { LayerDriver } from '../../src/layer/driver.ts';
import { erofsDriver } from '../../src/layer/erofs-driver.ts';
import { findLayer } from '../../src/layer/place.ts';

export interface TestedDriver {
  readonly name: string;
  /** @param folder Where the layers are to lie. */
  open(folder: string): LayerDriver;
  /** The root of a layer, to look at, until it is disposed of. */
  show(folder: string, chain: ChainID): { readonly root: string } & Disposable;
}

const directories: TestedDriver = {
  name: 'directories',
  open: directoryDriver,
  show: (folder, chain) => ({ root: findLayer(folder, chain)!.path, [Symbol.dispose]() {} }),
};

const images: TestedDriver = {
  name: 'EROFS images',
  open: erofsDriver,
  show(folder, chain) {
    const root = mkdtempSync(join(tmpdir(), 'tsdocker-mounted-'));
    execFileSync('mount', ['-t', 'erofs', '-o', 'ro,nodev,nosuid', findLayer(folder, chain)!.path, root]);
    return {
      root,
      [Symbol.dispose]() {
        execFileSync('umount', [root]);
        rmdirSync(root);
      },
    };
  },
};

/** Those that this machine's kernel can show. */
export const testedDrivers: readonly TestedDriver[] = mountsImages() ? [directories, images] : [directories];

function mountsImages(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-drivers-'));
  try {
    return chooseDriver(folder) === 'erofs';
  } finally {
    rmSync(folder, { recursive: true });
  }
}
