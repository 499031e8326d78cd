// The iptables of before nf_tables, where it is in use still: it is only read here, and the administrator told what to do
// (linux/netfilter_ipv4/ip_tables.h, linux/netfilter_ipv6/ip6_tables.h).
import { readFileSync } from 'node:fs';
import { AF_INET, AF_INET6, SOCK_RAW } from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';
import { invokeKernel } from '../../kernel/invoke.ts';
import { readInt32, readUint32, structure } from '../../kernel/memory.ts';
import { NF_DROP, NF_INET_FORWARD } from '../nftables/constants.ts';
import { type Advice, adviseOnLegacy, prefix } from './obstacles.ts';

const IPPROTO_RAW = 255;
const SO_GET_INFO = 64;
const SO_GET_ENTRIES = 65;

/** `offsetField`: where struct ipt_entry and struct ip6t_entry hold the offset of their target. */
const families = [
  { command: 'iptables', names: '/proc/net/ip_tables_names', family: AF_INET, level: 0, offsetField: 88 },
  { command: 'ip6tables', names: '/proc/net/ip6_tables_names', family: AF_INET6, level: 41, offsetField: 140 },
] as const;

/** What is in the way in this network namespace; nothing where the module is not loaded or its table was never used. */
export function legacyAdvice(): Advice[] {
  return families
    .filter(({ names }) => tablesIn(names).includes('filter'))
    .filter((family) => {
      const { policy, entries } = readFilter(family);
      return policy === 'drop' && !entries.includes(prefix);
    })
    .map(({ command }) => adviseOnLegacy(command));
}

/** Asking for a table that is not there would make it, so ask this first. */
function tablesIn(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

interface Filter {
  /** Of chain FORWARD. */
  readonly policy: 'accept' | 'drop';
  readonly entries: Buffer;
}

function readFilter({ family, level, offsetField }: (typeof families)[number]): Filter {
  const socket = kernel.socket(family, SOCK_RAW, IPPROTO_RAW);
  try {
    // struct ipt_getinfo: name, valid_hooks, hook_entry[5], underflow[5], num_entries, size
    const info = tableNamed(84);
    ask(socket, level, SO_GET_INFO, info);
    const size = readUint32(info, 80);
    // struct ipt_get_entries: name, size, entries
    const answer = tableNamed(40 + size);
    answer.set(structure([4, size]), 32);
    ask(socket, level, SO_GET_ENTRIES, answer);
    const entries = answer.subarray(40);
    const policyAt = readUint32(info, 56 + 4 * NF_INET_FORWARD);
    const targetAt =
      policyAt + new DataView(entries.buffer, entries.byteOffset).getUint16(policyAt + offsetField, true);
    // struct xt_standard_target: the verdict follows a head of 32 bytes, and is -verdict - 1
    const verdict = -readInt32(entries, targetAt + 32) - 1;
    return { policy: verdict === NF_DROP ? 'drop' : 'accept', entries: Buffer.from(entries) };
  } finally {
    kernel.close(socket);
  }
}

function tableNamed(size: number): Uint8Array {
  const memory = new Uint8Array(size);
  memory.set(new TextEncoder().encode('filter'));
  return memory;
}

const ask = (socket: number, level: number, option: number, memory: Uint8Array): number =>
  invokeKernel('getsockopt', socket, level, option, memory, structure([4, memory.byteLength]));
