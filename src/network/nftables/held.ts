// For kernels before 6.3, which have no message that deletes an element whatever its value is: the elements as they are.
import { eachAttribute, parseAttributes, text } from '../netlink/attributes.ts';
import { refusedWith } from '../netlink/error.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import * as k from './constants.ts';
import { message, type Table } from './messages.ts';
import type { Element } from './sets.ts';

/** Those of `elements` that are there, with the values that they have there. One question an element. */
export function heldElements(socket: NetlinkSocket, table: Table, elements: readonly Element[]): Element[] {
  return elements.flatMap((element) => held(socket, table, element) ?? []);
}

function held(socket: NetlinkSocket, { family, name }: Table, { set, key }: Element): Element | undefined {
  const request = message(k.NFT_MSG_GETSETELEM, 0, family, [
    [k.NFTA_SET_ELEM_LIST_TABLE, text(name)],
    [k.NFTA_SET_ELEM_LIST_SET, text(set)],
    [k.NFTA_SET_ELEM_LIST_ELEMENTS, [[k.NFTA_LIST_ELEM, [[k.NFTA_SET_ELEM_KEY, [[k.NFTA_DATA_VALUE, key]]]]]]],
  ]);
  try {
    const [found] = socket.request([request], [`looking into ${set}`]);
    const list = parseAttributes(found!.payload.subarray(4)).get(k.NFTA_SET_ELEM_LIST_ELEMENTS)!;
    const [[, element] = []] = [...eachAttribute(list)];
    const data = parseAttributes(element!).get(k.NFTA_SET_ELEM_DATA);
    if (data === undefined) return { set, key };
    return { set, key, value: parseAttributes(data).get(k.NFTA_DATA_VALUE)! };
  } catch (error) {
    if (refusedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}
