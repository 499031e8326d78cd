// Which driver makes the layers of a store: tried, not guessed, because it depends on the kernel (EROFS mounts from a file
// since Linux 6.12), on how it was built, and on the file system under the store (not on overlayfs: a container in a container).
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { KernelError, kernel } from '../kernel/index.ts';
import { createErofsWriter } from './erofs/writer.ts';
import { lowerLayers } from './lower-layers.ts';
import { imageFile } from './place.ts';
import type { DriverName } from './worker/protocol.ts';

const chosen = new Map<string, DriverName>();

/** @param folder Where the layers lie. Nothing is left there, and nothing is mounted. */
export function chooseDriver(folder: string): DriverName {
  const known = chosen.get(folder);
  if (known !== undefined) return known;
  const driver = mountsImages(folder) ? 'erofs' : 'directory';
  chosen.set(folder, driver);
  return driver;
}

function mountsImages(folder: string): boolean {
  const probe = mkdtempSync(join(folder, 'new-probe-')); // swept like any layer that is not completed
  try {
    const path = join(probe, imageFile);
    const file = openSync(path, 'wx');
    createErofsWriter(file).finish(lowerLayers([]));
    closeSync(file);
    const context = kernel.fsopen('erofs');
    try {
      kernel.fsconfigString(context, 'source', path);
      kernel.close(kernel.fsmount(context, k.MOUNT_ATTR_RDONLY));
      return true;
    } finally {
      kernel.close(context);
    }
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}
