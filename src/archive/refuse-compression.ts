// Compressions that Docker takes and we do not, by the first bytes (file formats' own "magic").
import { TsdockerError } from '../error.ts';

const others: readonly { readonly name: string; readonly magic: string; readonly program: string }[] = [
  { name: 'bzip2', magic: 'BZh', program: 'bunzip2' },
  { name: 'xz', magic: '\xfd7zXZ\0', program: 'unxz' },
];

/** Throws `unsupported`. @param head The first six bytes or more. */
export function refuseOtherCompression(head: Uint8Array, title: string): void {
  const text = Buffer.from(head.subarray(0, 6)).toString('latin1');
  const found = others.find(({ magic }) => text.startsWith(magic));
  if (found === undefined) return;
  const { name, program } = found;
  throw new TsdockerError('unsupported', `${title} is compressed with ${name}, which is not supported`, {
    hint: `decompress it first: ${program} -c FILE | tsdocker …`,
  });
}
