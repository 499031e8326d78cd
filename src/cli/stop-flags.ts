// How stop and restart are told to stop (docker stop --help).
import type { StopOptions } from '../engine/stop.ts';
import type { Flag, Parsed } from './flags.ts';
import { parseSignal } from './values/kernel.ts';
import { parseWhole } from './values/numbers.ts';

export const stopFlags: readonly Flag[] = [
  {
    name: 'time',
    short: 't',
    kind: 'value',
    value: 'seconds',
    summary: 'How long to wait before it is killed; -1 for ever (default the container’s own, or 10)',
  },
  { name: 'timeout', kind: 'value', value: 'seconds', summary: '', aliasOf: 'time' },
  {
    name: 'signal',
    short: 's',
    kind: 'value',
    value: 'signal',
    summary: 'Signal to send (default the container’s own)',
  },
];

/** Throws `usage`. */
export function stopOptions({ values }: Parsed): StopOptions {
  const time = values.get('time');
  const signal = values.get('signal');
  return {
    ...(time === undefined ? {} : { timeout: parseWhole('time', time, -1, 2 ** 31 / 1000 - 1) }),
    ...(signal === undefined || signal === '' ? {} : { signal: parseSignal('signal', signal) }),
  };
}
