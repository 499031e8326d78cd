// --health-* and --no-healthcheck: what replaces parts of the image's health check (docker run --help). As in Docker, a time or
// count of 0 is as if it were not given.
import { TsdockerError } from '../../error.ts';
import type { Healthcheck } from '../../spec/run-options.ts';
import { parseDuration } from './durations.ts';
import { parseWhole } from './numbers.ts';

const times = {
  interval: 'health-interval',
  timeout: 'health-timeout',
  startPeriod: 'health-start-period',
  startInterval: 'health-start-interval',
} as const;

/** Undefined where no flag spoke of it. */
export function parseHealth(
  values: ReadonlyMap<string, string>,
  off: boolean,
): Partial<Healthcheck> | 'none' | undefined {
  const command = values.get('health-cmd');
  const retries = values.get('health-retries');
  const health: Partial<Healthcheck> = Object.fromEntries([
    ...(command === undefined || command === '' ? [] : [['test', ['CMD-SHELL', command]]]),
    ...Object.entries(times).flatMap(([field, flag]) => {
      const text = values.get(flag);
      const time = text === undefined ? 0 : parseDuration(flag, text);
      return time === 0 ? [] : [[field, time]];
    }),
    ...(retries === undefined ? [] : [['retries', parseWhole('health-retries', retries, 0, 2 ** 31 - 1)]]).filter(
      ([, count]) => count !== 0,
    ),
  ]);
  const asked = Object.keys(health).length > 0;
  if (off && asked) throw new TsdockerError('usage', '--no-healthcheck cannot be combined with --health flags');
  return off ? 'none' : asked ? health : undefined;
}
