// Puts the rules (rules.ts) into the kernel and takes them out again. A reboot or `nft flush ruleset` takes them as well, so each
// command that needs them asks first.
import { TsdockerError } from '../../error.ts';
import { NLM_F_EXCL } from '../netlink/constants.ts';
import { refusedWith } from '../netlink/error.ts';
import type { Message } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { deleteChain, deleteRules, deleteTable, newChain, newRule, newTable } from './messages.ts';
import { findChain } from './read.ts';
import { administrator, chains, sets } from './rules.ts';
import { newSet } from './sets.ts';
import { change, openNftables, table } from './table.ts';

/** Every packet of a container comes by here, and its words tell the version of all rules. */
const central = chains.find(({ name }) => name === 'containers')!;
/** Both rules of chain forward lead to it. */
const usesOfCentral = central.rules.length + 2;
const words = 'your own rules belong in the chain administrator: they stay';

/**
 * Sees to it that the rules are there, in this version, in the current network namespace. `made`: they were not, or not all, and
 * neither, maybe, are the elements for bridges and published ports: add them again. Others may do the same at the same time.
 * Throws `unsupported` where the kernel lacks something; NetlinkError.
 */
export function ensureRuleset(): 'present' | 'made' {
  try {
    using socket = openNftables();
    const found = findChain(socket, table, central.name);
    if (found?.comment === central.words && found.uses >= usesOfCentral) return 'present';
    make(socket, found !== undefined);
    return 'made';
  } catch (cause) {
    if (!refusedWith(cause, 'ENOENT', 'EINVAL', 'EOPNOTSUPP', 'EAFNOSUPPORT')) throw cause;
    throw new TsdockerError('unsupported', `the kernel does not take the rules of networks: ${cause.message}`, {
      cause,
      hint: 'it needs nf_tables, also for inet, with nft_chain_nat, nft_ct, nft_fib_inet, nft_masq and nft_nat; or use --network host',
    });
  }
}

function make(socket: NetlinkSocket, isThere: boolean): void {
  if (!isThere) {
    try {
      change(compileRuleset(), 'making table inet tsdocker', socket);
      return;
    } catch (error) {
      // Another command was faster, or there is a part of the table only.
      if (!refusedWith(error, 'EEXIST')) throw error;
    }
  }
  change(compileReplacement(), 'renewing table inet tsdocker', socket);
}

/** The rules are gone, and with them everything that published ports and bridges added. Nothing where there are none. */
export function removeRuleset(): void {
  try {
    change([deleteTable(table)], 'deleting table inet tsdocker');
  } catch (error) {
    if (!refusedWith(error, 'ENOENT')) throw error;
  }
}

/** The transaction that makes everything; it fails with EEXIST where there is a table already. */
export const compileRuleset = (): Message[] => [newTable(table, words, NLM_F_EXCL), ...objects(), ...rules()];

/**
 * Puts this version of the rules in the place of another: sets with their elements and the administrator's chain stay. It changes
 * nothing where this version is there. Slower, as the kernel waits before it frees what is deleted.
 */
export function compileReplacement(): Message[] {
  return [
    newTable(table, words),
    ...objects(),
    ...chains.map(({ name }) => deleteRules(table, name)),
    // A chain that is there keeps its words, and with them its version, unless it is made again.
    deleteChain(table, central.name),
    newChain(table, central.name, central.hook, central.words),
    ...rules(),
  ];
}

const objects = (): Message[] => [
  ...sets.map((set, index) => newSet(table, set, index + 1)),
  newChain(table, administrator.name, undefined, administrator.words),
  ...chains.map(({ name, hook, words }) => newChain(table, name, hook, words)),
];

const rules = (): Message[] =>
  chains.flatMap(({ name, rules }) => rules.map((expressions) => newRule(table, name, expressions)));
