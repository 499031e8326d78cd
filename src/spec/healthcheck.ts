// The health check of a container: what was asked for laid over the image's, with Docker's defaults below both (Dockerfile
// reference, "HEALTHCHECK").
import type { ImageHealthcheck } from '../image/image-healthcheck.ts';
import type { Healthcheck } from './run-options.ts';

const defaults = { interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 3 } as const;

/** Longer than any check makes sense; timers below this take what a signed 32-bit number holds. */
const longest = 2 ** 31 - 1;

/** Undefined where nothing is to be checked. Pure. */
export function healthcheckOf(
  asked: Partial<Healthcheck> | 'none' | undefined,
  image: ImageHealthcheck | undefined,
): Healthcheck | undefined {
  if (asked === 'none') return undefined;
  const test = asked?.test ?? image?.Test ?? [];
  if (!isCommand(test)) return undefined;
  // As in Docker, times of the image count even where the command is the caller's.
  const pick = (name: keyof typeof defaults, ofImage: number | undefined): number =>
    Math.min(asked?.[name] || ofImage || defaults[name], longest);
  return {
    test,
    interval: pick('interval', milliseconds(image?.Interval)),
    timeout: pick('timeout', milliseconds(image?.Timeout)),
    startPeriod: pick('startPeriod', milliseconds(image?.StartPeriod)),
    startInterval: pick('startInterval', milliseconds(image?.StartInterval)),
    retries: pick('retries', image?.Retries),
  };
}

/** As in Docker, a form it does not know checks nothing, as `['NONE']` does. */
function isCommand([form, ...words]: readonly string[]): boolean {
  return (form === 'CMD' && words.length > 0) || (form === 'CMD-SHELL' && words.length === 1);
}

/** A time that is given is never none. */
const milliseconds = (nanoseconds: number | undefined): number | undefined =>
  nanoseconds === undefined ? undefined : Math.ceil(nanoseconds / 1e6);
