// Signals by their names (signal(7)).
import { constants } from 'node:os';

/** The kernel's first real-time signal is 32; the C libraries keep two for themselves. */
const realTime = { RTMIN: 34, RTMAX: 64 } as const;

/** The number of `SIGTERM`, `TERM`, `SIGRTMIN+3` or `15`; undefined for what is none. */
export function signalNumber(text: string): number | undefined {
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (/^\d{1,2}$/.test(name)) return Number(name) >= 1 && Number(name) <= realTime.RTMAX ? Number(name) : undefined;
  const [, base, offset] = /^(RTMIN|RTMAX)([+-]\d{1,2})?$/.exec(name) ?? [];
  if (base === undefined) return constants.signals[`SIG${name}` as NodeJS.Signals];
  const number = realTime[base as keyof typeof realTime] + Number(offset ?? 0);
  return number >= realTime.RTMIN && number <= realTime.RTMAX ? number : undefined;
}
