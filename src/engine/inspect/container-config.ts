// What a container runs, as it was asked for and as its image says (Engine API 1.41, "ContainerConfig").
import type { ExecutionConfig } from '../../image/config.ts';
import type { ImageHealthcheck } from '../../image/image-healthcheck.ts';
import { exposedPorts } from '../../spec/published-ports.ts';
import type { RunOptions } from '../../spec/run-options.ts';
import { orNull, setOf, sortedMap } from './maps.ts';

/** @param names What else is known: the image as it is called, and the host name that the container has. */
export function containerConfig(
  options: RunOptions,
  image: ExecutionConfig,
  names: { readonly image: string; readonly hostname: string },
): Readonly<Record<string, unknown>> {
  const healthcheck = healthcheckWords(options.health, image.Healthcheck);
  const exposed = exposedPorts(options, image.ExposedPorts);
  const stopSignal = options.stopSignal ?? image.StopSignal;
  const attached = (stream: 'stdout' | 'stderr'): boolean =>
    options.attach.length === 0 || options.attach.includes(stream);
  return {
    Hostname: names.hostname,
    Domainname: options.domainname ?? '',
    User: options.user ?? image.User ?? '',
    AttachStdin: options.interactive,
    AttachStdout: attached('stdout'),
    AttachStderr: attached('stderr'),
    // For templates it is there even where JSON leaves it out.
    ExposedPorts: exposed.length === 0 ? undefined : setOf(exposed),
    Tty: options.tty,
    OpenStdin: options.interactive,
    StdinOnce: options.interactive,
    Env: environment(options.env, image.Env ?? []),
    Cmd: commandWords(options, image),
    ...(healthcheck === undefined ? {} : { Healthcheck: healthcheck }),
    Image: names.image,
    Volumes: volumes(options, image),
    WorkingDir: options.workdir ?? image.WorkingDir ?? '',
    Entrypoint: orNull(options.entrypoint ?? image.Entrypoint ?? []),
    OnBuild: null,
    Labels: sortedMap({ ...image.Labels, ...options.labels }),
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    ...(options.stopTimeout === undefined ? {} : { StopTimeout: options.stopTimeout }),
  };
}

/** The caller's first, then what it leaves of the image's; the engine's own are not told of. */
function environment(asked: readonly string[], image: readonly string[]): string[] {
  const nameOf = (entry: string): string => entry.split('=')[0]!;
  const own = new Map(asked.map((entry) => [nameOf(entry), entry]));
  return [
    ...[...own.values()].filter((entry) => entry.includes('=')),
    ...image.filter((entry) => !own.has(nameOf(entry))),
  ];
}

/** An entrypoint of the caller's does away with the image's command. */
function commandWords({ command, entrypoint }: RunOptions, image: ExecutionConfig): readonly string[] | null {
  return orNull(command.length > 0 ? command : entrypoint === undefined ? (image.Cmd ?? []) : []);
}

function volumes({ volumes: asked }: RunOptions, image: ExecutionConfig): Map<string, unknown> | null {
  const paths = [...(image.Volumes ?? []), ...asked];
  return paths.length === 0 ? null : setOf(paths);
}

/** What was said, without defaults: times in nanoseconds. */
function healthcheckWords(
  asked: RunOptions['health'],
  image: ImageHealthcheck | undefined,
): ImageHealthcheck | undefined {
  if (asked === 'none') return { Test: ['NONE'] };
  if (asked === undefined) return image;
  const nanoseconds = (milliseconds: number | undefined, ofImage: number | undefined): number | undefined =>
    milliseconds === undefined ? ofImage : milliseconds * 1e6;
  const fields = {
    Test: asked.test ?? image?.Test,
    Interval: nanoseconds(asked.interval, image?.Interval),
    Timeout: nanoseconds(asked.timeout, image?.Timeout),
    StartPeriod: nanoseconds(asked.startPeriod, image?.StartPeriod),
    StartInterval: nanoseconds(asked.startInterval, image?.StartInterval),
    Retries: asked.retries ?? image?.Retries,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
