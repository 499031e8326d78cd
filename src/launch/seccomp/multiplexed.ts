// On i386 the calls of sockets and System V IPC can also be made through socketcall(2) and ipc(2), with a number in the
// first argument. As in libseccomp, a rule for such a call also opens (or closes) that door; its own condition on the
// first argument is then lost, because the filter cannot read the real arguments out of memory.
import type { Alternative, Rules, Verdict } from './verdicts.ts';

/** linux/net.h, SYS_*, and linux/ipc.h: the position in the list is the number. */
const innerCalls: Readonly<Record<string, string>> = {
  socketcall:
    ' socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown ' +
    'setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg',
  ipc: ' semop semget semctl semtimedop       msgsnd msgrcv msgget msgctl       shmat shmdt shmget shmctl',
};

/** The verdict on a call of i386 that has no plain action: `own`, and for the two doors what the calls behind bring. */
export function withInnerCalls(name: string, own: readonly Alternative[] | undefined, rules: Rules) {
  const inner = innerCalls[name];
  if (inner === undefined) return own;
  const all: Alternative[] = own === undefined ? [] : [...own];
  for (const [number, called] of inner.split(' ').entries()) {
    const verdict = rules.common.has(called) ? rules.commonAction : rules.otherVerdict(called);
    if (verdict === undefined || verdict === rules.defaultAction) continue;
    for (const { action, conditions } of alternativesIn(verdict)) {
      all.push({ action, conditions: [isCall(number), ...conditions.filter(({ index }) => index !== 0)] });
    }
  }
  return all.length === 0 ? own : all;
}

function alternativesIn(verdict: Verdict): readonly Alternative[] {
  return typeof verdict === 'number' ? [{ action: verdict, conditions: [] }] : verdict;
}

function isCall(number: number) {
  return { index: 0, op: 'SCMP_CMP_EQ', high: 0, low: number, maskHigh: 0xffffffff, maskLow: 0xffffffff } as const;
}
