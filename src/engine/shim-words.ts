// What a container's shim is told: words of its command line (native/shim.c). Pure.
import { want } from '../launch/frames.ts';
import type { RestartPolicy, RunOptions, Stream } from '../spec/run-options.ts';
import type { ContainerSettings } from '../store/containers.ts';

/** Who is attached from the first moment on. */
export interface FirstClient {
  readonly streams: readonly Stream[];
  /** Nothing may be missed: the container waits for a client that is far behind. */
  readonly whole: boolean;
}

export const policyNumber: Readonly<Record<RestartPolicy['name'], number>> = {
  no: 0,
  'on-failure': 1,
  always: 2,
  'unless-stopped': 3,
};

/** The bits of frames.ts's `want`. */
export const wantsOf = ({ streams, whole }: FirstClient): number =>
  streams.reduce((bits, stream) => bits | want[stream], whole ? want.all : 0);

export function shimWords({ options, healthcheck }: ContainerSettings, client: FirstClient): string[] {
  const { restart } = options;
  return [
    ...switches(options, client),
    `wants=${wantsOf(client)}`,
    ...logWords(options),
    `policy=${policyNumber[restart.name]}`,
    `maximum=${restart.maximum}`,
    ...(healthcheck === undefined
      ? []
      : [
          `health-interval=${healthcheck.interval}`,
          `health-timeout=${healthcheck.timeout}`,
          `health-start-period=${healthcheck.startPeriod}`,
          `health-start-interval=${healthcheck.startInterval}`,
          `health-retries=${healthcheck.retries}`,
        ]),
  ];
}

/** `once`: the container reads the end of its input when whoever started it goes, as in Docker with -i and without -d. */
function switches({ tty, interactive, rm }: RunOptions, { streams }: FirstClient): string[] {
  return [
    ...(tty ? ['terminal=1'] : []),
    ...(interactive ? ['stdin=1'] : []),
    ...(interactive && streams.includes('stdin') ? ['once=1'] : []),
    ...(rm ? ['remove=1'] : []),
  ];
}

function logWords({ log }: RunOptions): string[] {
  return log.driver === 'none' ? [] : [`log-size=${log.maxSize ?? 0}`, `log-files=${log.maxFile}`];
}
