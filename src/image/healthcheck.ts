// HEALTHCHECK (Dockerfile reference), which Docker keeps in the `config` of an image beside what OCI defines.
import { TsdockerError } from '../error.ts';

const nanoseconds: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

const flags: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
  retries: 'Retries',
};

/** Throws `usage`. @param command Reads the words behind CMD: the form for a shell, or for exec. */
export function healthcheck(
  text: string,
  command: (rest: string) => { shell: string } | { words: readonly string[] },
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  let rest = text;
  for (;;) {
    const [flag, name = '', value = ''] = /^--([a-z-]+)=(\S+)\s*/.exec(rest) ?? [];
    if (flag === undefined) break;
    if (!Object.hasOwn(flags, name)) throw new TsdockerError('usage', `there is no flag --${name}`);
    found[flags[name]!] = name === 'retries' ? count(value) : duration(value);
    rest = rest.slice(flag.length);
  }
  const [, kind = '', words = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  if (kind.toUpperCase() === 'NONE' && words === '') return { Test: ['NONE'] };
  if (kind.toUpperCase() !== 'CMD' || words === '')
    throw new TsdockerError('usage', 'a health check is NONE, or CMD and a command');
  const test = command(words);
  return { Test: 'shell' in test ? ['CMD-SHELL', test.shell] : ['CMD', ...test.words], ...found };
}

function count(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new TsdockerError('usage', `${JSON.stringify(text)} is not a number of tries`);
}

/** Go's durations: `1m30s`, `1.5s`. In nanoseconds. */
function duration(text: string): number {
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/.test(text))
    throw new TsdockerError('usage', `${JSON.stringify(text)} is not a time such as 30s`);
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) sum += Number(number) * nanoseconds[unit!]!;
  return Math.round(sum);
}
