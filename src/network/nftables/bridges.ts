// Bridges in the rules: a network's bridge is an element of the sets that say what its containers may do.
import { readText } from '../netlink/attributes.ts';
import { refusedWith } from '../netlink/error.ts';
import { interfaceName } from './expressions.ts';
import { listKeys } from './read.ts';
import { addElements, concatenation, deleteElements, type Element } from './sets.ts';
import { canDestroyElements, change, openNftables, table } from './table.ts';

export interface BridgeRules {
  /** The bridge's name as an interface. */
  readonly link: string;
  /** Nothing goes to other networks or comes from there. */
  readonly internal: boolean;
  /** What leaves for other hosts gets this host's address. */
  readonly masquerade: boolean;
}

/** Fine where it is there already. Throws NetlinkError with ENOENT where the rules are missing: ensureRuleset() first. */
export function addBridge(bridge: BridgeRules): void {
  const { link, internal, masquerade } = bridge;
  // A bridge of that name may have been another network's before.
  const others = [...(internal ? [] : ['internal']), ...(masquerade ? [] : ['masqueraded'])];
  const key = interfaceName(link);
  change(
    [
      ...deleteElements(
        table,
        others.map((set) => ({ set, key })),
        canDestroyElements(),
      ),
      ...addElements(table, elementsOf(bridge)),
    ],
    `adding bridge ${link} to the packet filter`,
  );
}

/** Fine where it is not there. Throws NetlinkError. */
export function removeBridge({ link }: Pick<BridgeRules, 'link'>): void {
  const elements = elementsOf({ link, internal: true, masquerade: true });
  try {
    const changes = deleteElements(table, elements, canDestroyElements());
    change(changes, `removing bridge ${link} from the packet filter`);
  } catch (error) {
    if (!refusedWith(error, 'ENOENT')) throw error;
  }
}

/** The names of the bridges that the rules know; none where there are no rules. */
export function listBridges(): string[] {
  using socket = openNftables();
  try {
    return listKeys(socket, table, 'bridges').map((key) => readText(key) ?? '');
  } catch (error) {
    if (refusedWith(error, 'ENOENT')) return [];
    throw error;
  }
}

function elementsOf({ link, internal, masquerade }: BridgeRules): Element[] {
  const key = interfaceName(link);
  return [
    { set: 'bridges', key },
    { set: 'same', key: concatenation(key, key) },
    ...(internal ? [{ set: 'internal', key }] : []),
    ...(masquerade ? [{ set: 'masqueraded', key }] : []),
  ];
}
