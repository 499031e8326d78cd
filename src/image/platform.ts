// Platforms: operating system, architecture and its variant (image-spec image-index.md, "platform"), in Go's words.
import { TsdockerError } from '../error.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const architectureNames: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['x64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
  ['ia32', '386'],
  ['armhf', 'arm'],
]);

/** One name for what has several, and no variant where it is the architecture's usual one. */
function normalize(os: string, architecture: string, variant: string | undefined): Platform {
  const name = architectureNames.get(architecture) ?? architecture;
  const usual = (name === 'arm64' && variant === 'v8') || (name === 'amd64' && variant === 'v1');
  const given = name === 'arm' ? (variant ?? 'v7') : variant;
  return { os, architecture: name, ...(given === undefined || given === '' || usual ? {} : { variant: given }) };
}

/** `linux/arm64`, `linux/arm/v7`, or an architecture alone. Throws `usage`. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) {
    throw new TsdockerError('usage', `${JSON.stringify(text)} is not a platform`, {
      hint: 'write it as linux/amd64 or linux/arm/v7',
    });
  }
  if (parts.length === 1) return normalize('linux', parts[0]!, undefined);
  return normalize(parts[0]!, parts[1]!, parts[2]);
}

/** A platform as an index or a config states it. */
export const statedPlatform = (os: string, architecture: string, variant: string | undefined): Platform =>
  normalize(os, architecture, variant);

/** What this machine runs. */
export const hostPlatform = (): Platform => normalize('linux', process.arch, undefined);

export const formatPlatform = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter((part) => part !== undefined).join('/');

/**
 * How well `offered` serves `wanted`: 0 is exact, higher is worse, undefined is not at all. A 32-bit ARM of version 7 runs
 * programs for 6 and 5.
 */
export function distance(wanted: Platform, offered: Platform): number | undefined {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return undefined;
  if (wanted.variant === offered.variant) return 0;
  if (wanted.architecture !== 'arm') return offered.variant === undefined ? 1 : undefined;
  const [ours, theirs] = [wanted.variant, offered.variant].map((variant) => Number(/^v(\d)/.exec(variant ?? '')?.[1]));
  return ours! >= theirs! ? ours! - theirs! : undefined;
}
