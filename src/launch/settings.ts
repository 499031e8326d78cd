// Settings of the kernel that a container gets for itself: sysctls of its namespaces (config-linux.md, "Sysctl") and how
// soon the kernel ends it for want of memory (config.md, "oomScoreAdj"). They are written through the proc mount that the
// program itself made, never through a path that an image could have redirected (CVE-2025-52881).
import * as k from '../kernel/constants.ts';
import { here } from './paths.ts';
import { flags, memory, type ProgramBuilder, type Result } from './program.ts';

const withinProc = memory(
  '{flags=O_WRONLY|O_CLOEXEC, resolve=RESOLVE_NO_XDEV|RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}',
  [8, k.O_WRONLY | k.O_CLOEXEC],
  [8, 0],
  [8, k.RESOLVE_NO_XDEV | k.RESOLVE_NO_MAGICLINKS | k.RESOLVE_IN_ROOT],
);

function writeSetting(program: ProgramBuilder, why: string, proc: Result, path: string, value: string): void {
  const file = program.call(`opening ${path} in the proc of our own`, 'openat2', [proc, path, withinProc, 24], {
    as: path,
    retry: true,
  });
  program.call(why, 'write', [file, value, Buffer.byteLength(value)]);
}

/** `net.ipv4.ip_forward`, or with slashes where a name itself has a dot, to its file under /proc. */
export function sysctlPath(key: string): string {
  return `sys/${key.includes('/') ? key : key.replaceAll('.', '/')}`;
}

export function writeSysctls(program: ProgramBuilder, sysctl: Readonly<Record<string, string>>, proc: Result): void {
  const entries = Object.entries(sysctl);
  if (entries.length > 0) program.group('sysctls');
  for (const [key, value] of entries) {
    writeSetting(program, `setting ${key} to ${value}`, proc, sysctlPath(key), value);
  }
}

/** Host program: the helper sets its own, and the container's first process inherits it. */
export function writeOomScore(program: ProgramBuilder, adjustment: number | undefined): void {
  if (adjustment === undefined) return;
  program.group('out of memory');
  const open = flags(['O_WRONLY', k.O_WRONLY], ['O_CLOEXEC', k.O_CLOEXEC]);
  const file = program.call('opening oom_score_adj', 'openat', [here, '/proc/self/oom_score_adj', open, 0], {
    as: 'oom_score_adj',
  });
  const value = String(adjustment);
  program.call(`setting oom_score_adj to ${value}`, 'write', [file, value, value.length]);
}
