// A seccomp profile from a file: the OCI shape, or Docker's, which is that with conditions on capabilities, architecture and
// kernel, and a map of architectures (Docker's "Seccomp security profiles"). Pure.
import { TsdockerError } from '../error.ts';
import type { Seccomp, SeccompRule } from './types.ts';

interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

type ConditionalRule = SeccompRule & {
  readonly name?: string;
  readonly includes?: Condition;
  readonly excludes?: Condition;
};

type Profile = Omit<Seccomp, 'syscalls'> & {
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] }[];
  readonly syscalls?: readonly ConditionalRule[];
};

export interface ProfileSubject {
  readonly capabilities: readonly string[];
  /** As `process.arch`. */
  readonly arch: string;
  readonly kernel: { readonly major: number; readonly minor: number };
}

const goArchitecture: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const seccompArchitecture: Readonly<Record<string, string>> = { x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' };

/** Throws `usage` where the text is no profile. */
export function readSeccompProfile(text: string, path: string, subject: ProfileSubject): Seccomp {
  let profile: Profile;
  try {
    profile = JSON.parse(text);
  } catch (cause) {
    throw new TsdockerError('usage', `the seccomp profile ${path} is not JSON`, { cause });
  }
  if (typeof profile?.defaultAction !== 'string') {
    throw new TsdockerError('usage', `the seccomp profile ${path} has no defaultAction`);
  }
  const { archMap, syscalls, ...rest } = profile;
  const given = syscalls ?? [];
  if (!Array.isArray(given) || !given.every((rule) => typeof rule === 'object' && rule !== null)) {
    throw new TsdockerError('usage', `the syscalls of the seccomp profile ${path} are not a list of rules`);
  }
  const family = archMap?.find(({ architecture }) => architecture === seccompArchitecture[subject.arch]);
  const architectures =
    family === undefined ? {} : { architectures: [family.architecture, ...(family.subArchitectures ?? [])] };
  const rules = given.filter(
    (rule) => holds(rule.includes, subject) && !(rule.excludes && holdsAny(rule.excludes, subject)),
  );
  return {
    ...rest,
    ...architectures,
    syscalls: rules.map(({ name, includes: _, excludes: __, args, ...rule }) => ({
      ...rule,
      ...(args ? { args } : {}), // null, in Docker's older profiles
      names: rule.names ?? (name === undefined ? [] : [name]),
    })),
  };
}

const atLeast = (version: string, { major, minor }: ProfileSubject['kernel']): boolean => {
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
};

/** All that is stated must hold. */
function holds(condition: Condition | null | undefined, { capabilities, arch, kernel }: ProfileSubject): boolean {
  if (condition === undefined || condition === null) return true;
  const { caps = [], arches = [], minKernel } = condition;
  return (
    caps.every((name) => capabilities.includes(name)) &&
    (arches.length === 0 || arches.includes(goArchitecture[arch] ?? arch)) &&
    (minKernel === undefined || atLeast(minKernel, kernel))
  );
}

/** Any of what is stated excludes. */
function holdsAny(condition: Condition, { capabilities, arch, kernel }: ProfileSubject): boolean {
  const { caps = [], arches = [], minKernel } = condition;
  return (
    caps.some((name) => capabilities.includes(name)) ||
    arches.includes(goArchitecture[arch] ?? arch) ||
    (minKernel !== undefined && atLeast(minKernel, kernel))
  );
}
