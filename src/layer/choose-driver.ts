// Which driver makes the layers of a store: tried, not guessed, because it depends on the kernel (EROFS mounts from a file
// since Linux 6.12), on how it was built, and on the file system under the store (not on overlayfs: a container in a container).
import * as k from '../kernel/constants.ts';
import { KernelError, kernel } from '../kernel/index.ts';
import { createErofsWriter } from './erofs/writer.ts';
import { lowerLayers } from './lower-layers.ts';
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
  using held = new DisposableStack();
  try {
    const file = held.adopt(kernel.openat(k.AT_FDCWD, folder, k.O_RDWR | k.O_TMPFILE, 0o600), kernel.close);
    createErofsWriter(file).finish(lowerLayers([]));
    const context = held.adopt(kernel.fsopen('erofs'), kernel.close);
    kernel.fsconfigString(context, 'source', `/proc/self/fd/${file}`);
    kernel.close(kernel.fsmount(context, k.MOUNT_ATTR_RDONLY));
    return true;
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
}
