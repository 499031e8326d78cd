// Spans of time as Go writes them (time.ParseDuration), which is how Docker's flags take them: 30s, 1m30s, 500ms.
import { refuseValue } from './refuse.ts';

const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** In milliseconds, whole; what is shorter than one, and is not 0, is refused. */
export function parseDuration(flag: string, text: string): number {
  if (/^[+-]?0$/.test(text)) return 0;
  const [, sign, parts] = /^([+-]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+)$/.exec(text) ?? [];
  if (parts === undefined) refuseValue(flag, text, 'is not a length of time', 'write it as 30s, 1m30s or 500ms');
  let sum = 0;
  for (const [, number, unit] of parts.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(number) * milliseconds[unit!]!;
  if (sign === '-' && sum > 0) refuseValue(flag, text, 'is negative');
  if (sum > 0 && sum < 1) refuseValue(flag, text, 'is less than a millisecond');
  if (!Number.isSafeInteger(Math.round(sum))) refuseValue(flag, text, 'is more than can be counted');
  return Math.round(sum);
}
