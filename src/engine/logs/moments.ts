// --since and --until: moments compared with those of a log, to the nanosecond, so that a time copied from `logs -t` is exact.
import { parseMoment } from '../moment.ts';

const billion = 1_000_000_000n;
/** Seconds since the epoch between which a year has four digits. */
const [first, last] = [-62_167_219_200n, 253_402_300_799n];

/**
 * Nanoseconds since the epoch of what Docker takes there: RFC 3339 and parts of it, seconds since 1970, or a Go duration before
 * now (negative ones lie ahead).
 * @param now Milliseconds since the epoch. Throws `usage`.
 */
export function parseLogMoment(text: string, now: number): bigint {
  const ahead = /^-\d/.test(text) && /[a-zµ]$/.test(text);
  if (/^[-+]?(?:\d+(?:\.\d*)?(?:h|ms|us|µs|ns|m|s))+$/.test(text)) {
    const before = parseMoment(text.replace(/^[-+]/, ''), now);
    return nanoseconds(ahead ? 2 * now - before : before);
  }
  // node:Date knows milliseconds only: the fraction goes beside it.
  const fraction = /^([^.]*)\.(\d{1,9})((?:Z|[+-]\d\d:\d\d)?)$/.exec(text);
  if (fraction === null) return nanoseconds(parseMoment(text, now));
  const [, before = '', digits = '', zone = ''] = fraction;
  parseMoment(text, now); // refuses what has no seconds to be a fraction of
  return nanoseconds(parseMoment(before + zone, now)) + BigInt(digits.padEnd(9, '0'));
}

const nanoseconds = (milliseconds: number): bigint => BigInt(Math.round(milliseconds * 1000)) * 1000n;

/**
 * The moment in the form that comparableTime gives those of the log: such texts sort as their moments do. What lies outside of the
 * years of four digits becomes the nearest within.
 */
export function comparableMoment(moment: bigint): string {
  const clamped =
    moment < first * billion ? first * billion : moment >= (last + 1n) * billion ? (last + 1n) * billion - 1n : moment;
  const fraction = ((clamped % billion) + billion) % billion;
  const seconds = (clamped - fraction) / billion;
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return digits === '' ? date : `${date}.${digits}`;
}

/** @param time As LogEntry has it. */
export function comparableTime(time: string): string {
  const bare = time.slice(0, -1); // the Z would sort behind a digit
  return bare.includes('.') && (bare.endsWith('0') || bare.endsWith('.')) ? bare.replace(/\.?0+$/, '') : bare;
}

/** With nine digits of a second always, as Docker prints it. */
export const fullTime = (time: string): string => `${time.slice(0, 19)}.${time.slice(20, -1).padEnd(9, '0')}Z`;
