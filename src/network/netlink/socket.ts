// A netlink socket, and requests on it: one datagram for a whole list, the kernel's answers read and matched by number (netlink(7)).
// The kernel does what a datagram asks before sendto(2) returns, so the answers are there already and nothing here ever waits.
import {
  AF_NETLINK,
  MSG_DONTWAIT,
  MSG_TRUNC,
  SO_RCVBUFFORCE,
  SO_SNDBUFFORCE,
  SOCK_RAW,
  SOL_NETLINK,
  SOL_SOCKET,
} from '../../kernel/constants.ts';
import { errnoNumber, failedWith, kernel } from '../../kernel/index.ts';
import { structure } from '../../kernel/memory.ts';
import { inNetworkNamespace } from '../links/namespace.ts';
import { type Progress, readAnswers, readDump } from './answers.ts';
import * as nl from './constants.ts';
import { NetlinkError } from './error.ts';
import { encodeMessages, type Message, parseMessages } from './message.ts';

export interface NetlinkSocket extends Disposable {
  /** Stays the socket's. */
  readonly descriptor: number;
  /**
   * Sends all of `messages` in one datagram. Those of NETLINK_ROUTE are done one by one, also behind one that failed; a list of
   * NETLINK_NETFILTER between NFNL_MSG_BATCH_BEGIN and _END is done wholly or not at all.
   * Returns what the kernel answered besides success: what a request to get asked for.
   * @param what In words what each message does ("adding a route"), for the error.
   * Throws NetlinkError for the first that failed.
   */
  request(messages: readonly Message[], what?: readonly string[]): readonly Message[];
  /** All objects that a request to get lists, consistent with one another. Throws NetlinkError. */
  dump(message: Message, what?: string): readonly Message[];
}

/** What a socket takes without asking for more (net.core.wmem_default is 208 KiB nearly everywhere). */
const usualBuffer = 128 * 1024;
/** A datagram of the kernel has at most 32 KiB (af_netlink.c, netlink_recvmsg). */
const memorySize = 64 * 1024;
/** A dump that others' changes interrupt is asked for again. */
const mostDumps = 100;
let memory: Uint8Array | undefined;

/**
 * Opens a socket to the kernel, in the network namespace of `namespace`, a descriptor, or else in this thread's own.
 * @param protocol NETLINK_ROUTE or NETLINK_NETFILTER.
 */
export function openNetlink(protocol: number, namespace?: number): NetlinkSocket {
  const open = (): number => kernel.socket(AF_NETLINK, SOCK_RAW, protocol);
  const descriptor = namespace === undefined ? open() : inNetworkNamespace(namespace, open);
  try {
    prepare(descriptor);
  } catch (error) {
    kernel.close(descriptor);
    throw error;
  }
  const batches = protocol === nl.NETLINK_NETFILTER;
  let sequence = 1;
  let buffer = usualBuffer;

  function send(messages: readonly Message[], answered: (index: number) => boolean): number {
    const first = sequence;
    sequence += messages.length;
    const bytes = encodeMessages(messages, first, answered);
    if (bytes.byteLength > buffer) {
      buffer = bytes.byteLength + 4096;
      kernel.setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, buffer);
      kernel.setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, buffer * 4); // each message may fail, and be answered
    }
    kernel.send(descriptor, bytes);
    return first;
  }

  return {
    descriptor,
    request(messages, what = []) {
      // The answer to the last says that all before it are answered: the others are answered only where they fail.
      const isBound = (type: number): boolean => type === nl.NFNL_MSG_BATCH_BEGIN || type === nl.NFNL_MSG_BATCH_END;
      const last = messages.findLastIndex(({ type }) => !(batches && isBound(type)));
      if (last < 0) return [];
      const first = send(messages, (index) => index === last);
      const isBegin = (index: number): boolean => batches && messages[index]?.type === nl.NFNL_MSG_BATCH_BEGIN;
      const { answers, failure } = readAnswers(() => receive(descriptor), {
        first,
        count: messages.length,
        last,
        isBegin,
      });
      if (failure === undefined) return answers;
      throw new NetlinkError(what[failure.index] ?? 'a netlink request', failure.verdict, failure.index);
    },
    dump(message, what = 'a netlink dump') {
      for (let tries = 0; tries < mostDumps; tries++) {
        const first = send([{ ...message, flags: message.flags | nl.NLM_F_DUMP }], () => false);
        const { answers, failure, interrupted } = readDump(() => receive(descriptor), first);
        if (failure !== undefined) throw new NetlinkError(what, failure.verdict);
        if (!interrupted) return answers;
      }
      throw new NetlinkError(what, { errno: errnoNumber('EAGAIN'), words: `interrupted ${mostDumps} times` });
    },
    [Symbol.dispose]() {
      kernel.close(descriptor);
    },
  };
}

function prepare(descriptor: number): void {
  kernel.setsockopt(descriptor, SOL_NETLINK, nl.NETLINK_EXT_ACK, 1);
  kernel.setsockopt(descriptor, SOL_NETLINK, nl.NETLINK_CAP_ACK, 1);
  // Whoever is privileged in the namespace, a hostile container's root too, could otherwise send us answers of his own: a connected
  // socket takes from the kernel alone (af_netlink.c, netlink_getsockbyportid).
  kernel.connect(descriptor, structure([2, AF_NETLINK], [2, 0], [4, 0], [4, 0]));
}

function receive(descriptor: number): Progress {
  memory ??= new Uint8Array(memorySize);
  try {
    const length = kernel.recv(descriptor, memory, MSG_DONTWAIT | MSG_TRUNC);
    if (length > memory.byteLength) return 'lost';
    return parseMessages(memory.slice(0, length));
  } catch (error) {
    if (failedWith(error, 'EAGAIN')) return 'end';
    if (failedWith(error, 'ENOBUFS')) return 'lost';
    throw error;
  }
}
