// A moment as --filter until takes it (`docker image prune --help`, "Filtering"): a span before now (`10m`, `1h30m`), a Unix time
// in seconds, a date, or a date and time with a zone or in this machine's.
import { TsdockerError } from '../error.ts';

const spans: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** @returns Milliseconds since the epoch. Throws `usage`. */
export function parseMoment(text: string, now: number): number {
  if (/^(?:\d+(?:\.\d*)?(?:h|ms|us|µs|ns|m|s))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d*)?)(h|ms|us|µs|ns|m|s)/g)];
    return now - parts.reduce((sum, [, count, unit]) => sum + Number(count) * spans[unit!]!, 0);
  }
  if (/^\d+(?:\.\d{1,9})?$/.test(text)) return Number(text) * 1000;
  const written = /^\d{4}-\d\d-\d\d(T\d\d(?::\d\d(?::\d\d(?:\.\d{1,9})?)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (written !== null) {
    const [, time = 'T00', zone = ''] = written;
    const full = time.length === 3 ? `${time}:00` : time;
    const moment = Date.parse(`${text.slice(0, 10)}${full}${zone}`);
    if (!Number.isNaN(moment)) return moment;
  }
  throw new TsdockerError('usage', `${JSON.stringify(text)} is not a time`, {
    hint: 'write a span such as 24h, a date such as 2026-01-31, or seconds since 1970',
  });
}
