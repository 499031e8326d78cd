// The EROFS driver: a layer is one file, a file system image that the kernel mounts as it is (Linux 6.12 and newer).
import { fsync } from 'node:fs';
import { promisify } from 'node:util';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import type { LayerDriver } from './driver.ts';
import { createErofsWriter } from './erofs/writer.ts';
import { readLayer } from './layer-blob.ts';
import { writeFacts } from './layer-facts.ts';
import { openLowerLayers } from './open-lower.ts';
import { imageFile } from './place.ts';
import { stageLayer } from './staging.ts';

const sync = promisify(fsync);

/** @param folder Where the layers lie; it exists and belongs to nobody else. */
export function erofsDriver(folder: string): LayerDriver {
  return {
    add: (chain, layer, below) =>
      stageLayer(folder, chain, async (directory) => {
        using held = new DisposableStack();
        const flags = k.O_RDWR | k.O_CREAT | k.O_EXCL | k.O_NOFOLLOW;
        const file = held.adopt(kernel.openat(directory, imageFile, flags, 0o600), kernel.close);
        const writer = createErofsWriter(file);
        try {
          await readLayer(layer, writer);
          using lowers = openLowerLayers(folder, await below);
          writeFacts(directory, writer.finish(lowers));
        } catch (cause) {
          throw (cause as NodeJS.ErrnoException).syscall === 'write' ? cannotWrite(cause as Error) : cause;
        }
        await sync(file);
        await sync(directory);
      }),
  };
}

const cannotWrite = (cause: Error): TsdockerError =>
  new TsdockerError('kernel', `cannot write a layer: ${cause.message}`, { cause });
