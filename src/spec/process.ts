// The process of a container: what is run, with what environment, where (config.md, "Process"; image-spec config.md).
import { TsdockerError } from '../error.ts';
import type { ExecutionConfig } from '../image/config.ts';
import { defaultPath } from './defaults.ts';
import type { RunOptions } from './run-options.ts';
import type { Rlimit } from './types.ts';

/** Docker's rule: an entrypoint of the caller's replaces the image's and its command; a command replaces the image's. */
export function commandOf(options: RunOptions, image: ExecutionConfig): string[] {
  const args =
    options.entrypoint === undefined
      ? [...(image.Entrypoint ?? []), ...(options.command.length > 0 ? options.command : (image.Cmd ?? []))]
      : [...options.entrypoint, ...options.command];
  if (args.length > 0) return args;
  throw new TsdockerError('usage', `no command was given, and the image ${options.image} has none of its own`, {
    hint: 'name a command after the image',
  });
}

/** Later entries replace earlier ones in their place; one without `=` takes the variable away. */
export function mergeEnvironment(...lists: readonly (readonly string[])[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of lists.flat()) {
    const equals = entry.indexOf('=');
    if (equals < 0) merged.delete(entry);
    else merged.set(entry.slice(0, equals), entry);
  }
  return [...merged.values()];
}

/** HOME follows once the user is known (withHome). */
export function environmentOf(options: RunOptions, image: ExecutionConfig, hostname: string): string[] {
  const own = [`PATH=${defaultPath}`, `HOSTNAME=${hostname}`, ...(options.tty ? ['TERM=xterm'] : [])];
  return mergeEnvironment(own, image.Env ?? [], options.env);
}

export function withHome(env: readonly string[], home: string): string[] {
  return env.some((entry) => entry.startsWith('HOME=')) ? [...env] : [...env, `HOME=${home}`];
}

export function rlimitsOf(options: RunOptions): Rlimit[] {
  return options.ulimits.map(({ name, soft, hard }) => ({ type: `RLIMIT_${name.toUpperCase()}`, soft, hard }));
}
