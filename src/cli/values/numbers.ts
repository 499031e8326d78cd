// Numbers as people write them for limits.
import { refuseValue } from './refuse.ts';

const unit: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** Bytes, as Docker's units have them: `512m`, `1.5g`, `64KiB`, `1024`; powers of 1024, in any case. */
export function parseBytes(flag: string, text: string): number {
  const [, digits, letter = ''] = /^(\d+\.?\d*|\.\d+) ?(?:b|([kmgtp])(?:i?b)?)?$/i.exec(text) ?? [];
  if (digits === undefined) refuseValue(flag, text, 'is not a size', 'write bytes, or a number with a unit: 512m, 2g');
  const bytes = Math.floor(Number(digits) * unit[letter.toLowerCase()]!);
  if (!Number.isSafeInteger(bytes)) refuseValue(flag, text, 'is more than can be counted');
  return bytes;
}

/** A whole number from `least` to `most`. */
export function parseWhole(flag: string, text: string, least: number, most: number): number {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) refuseValue(flag, text, 'is not a whole number');
  if (number < least || number > most) refuseValue(flag, text, `is not from ${least} to ${most}`);
  return number;
}

/** CPUs' worth of time; 0 is any amount. The kernel takes no less than a hundredth. @param available The machine's. */
export function parseCpus(flag: string, text: string, available: number): number {
  const cpus = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(cpus)) refuseValue(flag, text, 'is not a number of cpus', 'write 0.5, or 2');
  if (cpus !== 0 && (cpus < 0.01 || cpus > available))
    refuseValue(flag, text, `is not from 0.01 to ${available}, what this machine has`);
  return cpus;
}

/** A list of cpus or memory nodes, `0-2,5` (cpuset(7), "List format"). @param available How many there are. */
export function parseCpuList(flag: string, text: string, available: number): string {
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined || last === undefined || Number(first) > Number(last))
      refuseValue(flag, text, 'is not a list such as 0-2,5');
    if (Number(last) >= available)
      refuseValue(
        flag,
        text,
        `names ${last}, and this machine has 0${available > 1 ? ` to ${available - 1}` : ' only'}`,
      );
  }
  return text;
}
