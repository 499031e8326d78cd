// What the kernel answered to a request or a dump, taken from the datagrams as they come. Pure: the datagrams come from a function.
import { errnoNumber } from '../../kernel/index.ts';
import * as nl from './constants.ts';
import { errnoOf, parseVerdict, type Verdict } from './error.ts';
import type { Answer } from './message.ts';

/** The next datagram; `end`: there is none; `lost`: the kernel had no room for some, or one was cut. */
export type Progress = readonly Answer[] | 'end' | 'lost';

export interface Failure {
  readonly index: number;
  readonly verdict: Verdict;
}

export interface Expected {
  /** The number of the first request, and how many there are. */
  readonly first: number;
  readonly count: number;
  /** Which of them is answered in success, too. */
  readonly last: number;
  /** True for the beginning of a batch: when that is refused, nothing else may be answered (nfnetlink.c, nfnetlink_rcv_batch). */
  readonly isBegin: (index: number) => boolean;
}

export interface Answers {
  readonly answers: readonly Answer[];
  /** The first. */
  readonly failure?: Failure | undefined;
}

const lost: Verdict = { errno: errnoNumber('ENOBUFS'), words: 'answers of the kernel were lost' };

/** Reads until the last request is answered. What answers none of these requests is passed over. */
export function readAnswers(next: () => Progress, { first, count, last, isBegin }: Expected): Answers {
  const answers: Answer[] = [];
  let failure: Failure | undefined;
  let some: Failure | undefined;
  for (;;) {
    const datagram = next();
    if (datagram === 'end') return { answers, failure: failure ?? some ?? { index: last, verdict: lost } };
    if (datagram === 'lost') some = { index: last, verdict: lost };
    else {
      for (const answer of datagram) {
        const index = answer.sequence - first;
        if (index < 0 || index >= count) continue;
        if (answer.type !== nl.NLMSG_ERROR) {
          answers.push(answer);
          continue;
        }
        const verdict = parseVerdict(answer) ?? lost;
        if (verdict.errno !== 0) failure ??= { index, verdict };
        if (index === last || (isBegin(index) && failure !== undefined)) return { answers, failure: failure ?? some };
      }
    }
  }
}

export interface Dump extends Answers {
  /** True where the objects changed meanwhile, or some were lost: the list may have gaps. */
  readonly interrupted: boolean;
}

/** Reads the parts of a dump until the kernel says that it is done. */
export function readDump(next: () => Progress, first: number): Dump {
  const answers: Answer[] = [];
  let interrupted = false;
  for (;;) {
    const datagram = next();
    if (datagram === 'end') return { answers, interrupted, failure: { index: 0, verdict: lost } };
    if (datagram === 'lost') {
      interrupted = true;
      continue;
    }
    for (const answer of datagram) {
      if (answer.sequence !== first) continue;
      if ((answer.flags & nl.NLM_F_DUMP_INTR) !== 0) interrupted = true;
      if (answer.type === nl.NLMSG_ERROR) {
        const verdict = parseVerdict(answer) ?? lost;
        if (verdict.errno !== 0) return { answers, interrupted, failure: { index: 0, verdict } };
      } else if (answer.type === nl.NLMSG_DONE) {
        const failure = doneFailure(answer.payload);
        return { answers, interrupted, ...(failure !== undefined && { failure: { index: 0, verdict: failure } }) };
      } else if (answer.type !== nl.NLMSG_NOOP) {
        answers.push(answer);
      }
    }
  }
}

/** The end of a dump carries its result: 0, or a -errno. */
function doneFailure(payload: Uint8Array): Verdict | undefined {
  if (payload.byteLength < 4) return undefined;
  const result = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getInt32(0, true);
  return result < 0 ? { errno: errnoOf(result) } : undefined;
}
