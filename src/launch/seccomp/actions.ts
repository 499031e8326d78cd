// What a filter answers: the words of seccomp(2), "Return value", for the actions of the OCI specification.
import { TsdockerError } from '../../error.ts';
import type { SeccompAction } from '../../spec/types.ts';

export const killThread = 0x00000000;
const errnoBase = 0x00050000;
const traceBase = 0x7ff00000;
const permitted = 1; // EPERM, what runc gives where a profile names no errno
const noSuchCall = 38; // ENOSYS

export const errnoNoSuchCall = errnoBase + noSuchCall;

const plain: Partial<Record<SeccompAction, number>> = {
  SCMP_ACT_ALLOW: 0x7fff0000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_KILL: killThread,
  SCMP_ACT_KILL_THREAD: killThread,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
};

/** The return word of an action; `errnoRet` counts for ERRNO and TRACE only. Throws `usage` for an unknown action. */
export function encodeAction(action: SeccompAction, errnoRet = permitted): number {
  if (action === 'SCMP_ACT_ERRNO') return errnoBase + (errnoRet & 0xffff);
  if (action === 'SCMP_ACT_TRACE') return traceBase + (errnoRet & 0xffff);
  const word = plain[action];
  if (word === undefined) throw new TsdockerError('usage', `the seccomp action ${action} is not supported`);
  return word;
}

/** Does the action let an unknown call through to the kernel, which then answers ENOSYS by itself? */
export function letsThrough(action: SeccompAction): boolean {
  return action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG' || action === 'SCMP_ACT_TRACE';
}
