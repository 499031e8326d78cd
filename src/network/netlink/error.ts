// A refusal of the kernel, read from its answer: the error number, and the words and places of an extended answer
// (linux/netlink.h, struct nlmsgerr and enum nlmsgerr_attrs; Documentation/userspace-api/netlink/intro.rst, "Ext ACK").
import { type ErrorCode, TsdockerError } from '../../error.ts';
import { describeErrno, errnoName } from '../../kernel/index.ts';
import { align, parseAttributes, readText, readU32 } from './attributes.ts';
import {
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSGERR_ATTR_MISS_TYPE,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
} from './constants.ts';
import type { Message } from './message.ts';

/** What an answer of the type NLMSG_ERROR says; `errno` is 0 where all went well. */
export interface Verdict {
  readonly errno: number;
  /** The kernel's own words, of one line. */
  readonly words?: string | undefined;
  /** Where in the request, head included, the attribute is that the kernel did not like, in bytes. */
  readonly offset?: number | undefined;
  /** The type of an attribute that the kernel missed. */
  readonly missing?: number | undefined;
}

const codes: Readonly<Record<string, ErrorCode>> = { EPERM: 'permission', EOPNOTSUPP: 'unsupported' };

/** A request that the kernel refused. */
export class NetlinkError extends TsdockerError {
  override readonly name = 'NetlinkError';
  readonly errno: number;
  readonly words: string | undefined;
  /** Of the request in its list. */
  readonly index: number;

  constructor(what: string, verdict: Verdict, index = 0) {
    const { errno, words, offset, missing } = verdict;
    const kernelSays = words === undefined ? '' : `: ${words}`;
    const missed = missing === undefined ? '' : `: attribute ${missing} is missing`;
    super(codes[errnoName(errno)] ?? 'kernel', `${what} failed: ${describeErrno(errno)}${kernelSays}${missed}`, {
      details: { errno, words, offset, missing, index },
    });
    this.errno = errno;
    this.words = words;
    this.index = index;
  }
}

/** True where `error` is a request refused with one of the named error numbers. */
export function refusedWith(error: unknown, ...names: readonly string[]): error is NetlinkError {
  return error instanceof NetlinkError && names.includes(errnoName(error.errno));
}

/** Reads an answer of the type NLMSG_ERROR; undefined where it is too short to be one. */
export function parseVerdict({ flags, payload }: Pick<Message, 'flags' | 'payload'>): Verdict | undefined {
  if (payload.byteLength < 4) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const errno = errnoOf(view.getInt32(0, true));
  if ((flags & NLM_F_ACK_TLVS) === 0 || payload.byteLength < 20) return { errno };
  // the head of the request follows, and the rest of it unless the answer is capped
  const repeated = (flags & NLM_F_CAPPED) === 0 && errno !== 0 ? align(Math.min(view.getUint32(4, true), 1 << 30)) : 16;
  const attributes = parseAttributes(payload.subarray(4 + Math.max(repeated, 16)));
  return {
    errno,
    words: kernelWords(readText(attributes.get(NLMSGERR_ATTR_MSG))),
    offset: readU32(attributes.get(NLMSGERR_ATTR_OFFS)),
    missing: readU32(attributes.get(NLMSGERR_ATTR_MISS_TYPE)),
  };
}

/** The kernel's `-errno` as a number that errno(3) knows; what is none counts as EIO. */
export function errnoOf(result: number): number {
  if (result === 0) return 0;
  return result < 0 && result > -4096 ? -result : 5;
}

/** In the form of our own messages: small at the beginning, unless that is an abbreviation, and no full stop. */
function kernelWords(words: string | undefined): string | undefined {
  if (words === undefined || words === '') return undefined;
  const line = words
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return /^[A-Z][a-z ]/.test(line) ? line[0]!.toLowerCase() + line.slice(1) : line;
}
