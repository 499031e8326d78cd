// Which capabilities a container gets: Docker's default set, changed by --cap-add, --cap-drop and --privileged
// (docker run, "Runtime privilege and Linux capabilities"), as OCI `process.capabilities` (config.md, "Linux Process").
import { TsdockerError } from '../error.ts';
import type { Capabilities } from './types.ts';

export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

export interface CapabilityChoice {
  /** Names in any case, with or without `CAP_`, or `ALL`. */
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
  readonly privileged?: boolean;
  /** All names that the kernel knows (kernel/capabilities.ts), in the order of their bits. */
  readonly known: readonly string[];
  /** Names that the caller's own bounding set holds; what `ALL` and `privileged` stand for. All known ones if left out. */
  readonly available?: readonly string[];
}

const all = 'ALL';

function parseCapability(text: string, known: readonly string[], available: readonly string[]): string {
  const upper = text.toUpperCase();
  if (upper === all) return all;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!known.includes(name)) throw new TsdockerError('usage', `unknown capability ${text}`);
  if (!available.includes(name)) {
    throw new TsdockerError('permission', `the capability ${name} is not available here`, {
      hint: 'the process that runs tsdocker lacks it itself, see CapBnd in /proc/self/status',
    });
  }
  return name;
}

/**
 * The capabilities of a container, upper case with `CAP_`. As in Docker, adding ALL leaves all but the dropped, and
 * dropping ALL leaves just the added; else first is dropped, then added. Defaults that are not available are left to
 * the caller (unavailableCapabilities). Throws `usage` for an unknown name, `permission` for one that is not available.
 */
export function chooseCapabilities(choice: CapabilityChoice): string[] {
  const { known, available = known, privileged = false } = choice;
  if (privileged) return [...available];
  // A capability that nobody here has may be dropped: it is gone already.
  const drop = (choice.drop ?? []).map((text) => parseCapability(text, known, known));
  const add = (choice.add ?? []).map((text) => parseCapability(text, known, available));
  if (add.includes(all)) return available.filter((name) => !drop.includes(name));
  const kept = drop.includes(all) ? [] : defaultCapabilities.filter((name) => !drop.includes(name));
  return [...new Set([...kept, ...add])];
}

/**
 * The five sets of a container's process. Nothing is inheritable or ambient (CVE-2022-24769: inheritable capabilities
 * let programs with file capabilities gain them), so a process that is not root starts with none.
 */
export function capabilitySets(names: readonly string[], uid: number): Capabilities {
  const effective = uid === 0 ? names : [];
  return { bounding: names, effective, permitted: effective, inheritable: [], ambient: [] };
}
