// --plain-http and --mirror: what a configuration file says of registries, said for one command.
import type { RegistryOptions } from '../spec/run-options.ts';
import type { Parsed } from './flags.ts';
import { refuseValue } from './values/refuse.ts';

export function registryOptions({ lists }: Parsed): RegistryOptions {
  const mirrors: Record<string, string[]> = {};
  for (const value of lists.get('mirror') ?? []) {
    const [, host, url] = /^([^=/]+)=(https?:\/\/[^/]+.*)$/.exec(value) ?? [];
    if (host === undefined || url === undefined)
      refuseValue('mirror', value, 'is not a mirror', 'write it as docker.io=https://mirror.example');
    mirrors[host] = [...(mirrors[host] ?? []), url];
  }
  return { plainHttp: lists.get('plain-http') ?? [], mirrors };
}
