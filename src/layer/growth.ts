// How much a layer may grow when it is decompressed.
import { TsdockerError } from '../error.ts';

const gibibyte = 2 ** 30;
const steepest = 100;
/** Bytes of the tar. */
export const largestLayer = 64 * gibibyte;

/**
 * ATTACK: a decompression bomb: a megabyte of gzip becomes a gigabyte, one of zstd far more, and the disk is full. Real
 * layers grow by less than ten; empty disk images by more, which is why small ones may.
 * @param compressed The size of the blob in bytes. @param tar How many bytes have come out of it so far.
 */
export function refuseBomb(compressed: number, tar: number): void {
  if (tar > largestLayer) {
    throw new TsdockerError(
      'corrupt',
      `a layer has more than ${largestLayer / gibibyte} GiB, which is the most that is allowed`,
    );
  }
  if (tar > gibibyte && tar > steepest * compressed) {
    throw new TsdockerError(
      'corrupt',
      `a layer of ${compressed} bytes grows to more than ${Math.floor(tar / compressed)} times its size when it is decompressed`,
      { hint: 'this looks like a decompression bomb' },
    );
  }
}
