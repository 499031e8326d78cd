import { expect, test } from 'vitest';
import { type Attribute, encodeAttributes, text, u32 } from '../netlink/attributes.ts';
import { payload } from '../netlink/message.ts';
import { parseLink } from './link.ts';
import { linkHead } from './messages.ts';
import { parseAddress, parseRoute } from './routes.ts';

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const message = (type: number, head: Uint8Array, attributes: readonly Attribute[]) => ({
  type,
  flags: 0,
  payload: payload(head, encodeAttributes(attributes)),
});

test('a link is read: a port of a bridge, an end of a pair', () => {
  const link = message(RTM_NEWLINK, linkHead(7, true), [
    [3, text('tsv1')],
    [1, Uint8Array.of(2, 0x42, 0xac, 0x11, 0, 2)],
    [4, u32(1500)],
    [5, u32(2)],
    [10, u32(3)],
    [18, [[1, text('veth')]]],
  ]);
  expect(parseLink(link)).toEqual({
    index: 7,
    name: 'tsv1',
    kind: 'veth',
    up: true,
    mtu: 1500,
    mac: '02:42:ac:11:00:02',
    master: 3,
    peer: 2,
  });
});

test('of a link that has little to tell, little is read', () => {
  expect(parseLink(message(RTM_NEWLINK, linkHead(1), [[3, text('lo')]]))).toMatchObject({ name: 'lo', up: false });
  expect(parseLink(message(RTM_NEWLINK, linkHead(1), []))).toBeUndefined();
  expect(parseLink(message(17, linkHead(1), [[3, text('lo')]]))).toBeUndefined();
});

const routeHead = (family: number, prefix: number, table: number): Uint8Array =>
  Uint8Array.of(family, prefix, 0, 0, table, 2, 253, 1, 0, 0, 0, 0);

test.each<[string, number, number, Attribute[]]>([
  ['172.17.0.0/16', 2, 16, [[1, Uint8Array.of(172, 17, 0, 0)]]],
  ['0.0.0.0/0', 2, 0, []],
  ['::/0', 10, 0, []],
  ['fd00::/64', 10, 64, [[1, Uint8Array.of(0xfd, ...new Uint8Array(15))]]],
])('the route to %s is read', (destination, family, prefix, attributes) => {
  const route = message(RTM_NEWROUTE, routeHead(family, prefix, 254), [...attributes, [4, u32(7)]]);
  expect(parseRoute(route)).toEqual({ destination, index: 7 });
});

test('routes of other tables and families are passed over, also where the table’s number is a large one', () => {
  expect(parseRoute(message(RTM_NEWROUTE, routeHead(2, 0, 255), []))).toBeUndefined();
  expect(parseRoute(message(RTM_NEWROUTE, routeHead(2, 0, 254), [[15, u32(1000)]]))).toBeUndefined();
  expect(parseRoute(message(RTM_NEWROUTE, routeHead(2, 0, 252), [[15, u32(254)]]))).toMatchObject({
    destination: '0.0.0.0/0',
  });
  expect(parseRoute(message(RTM_NEWROUTE, routeHead(28, 0, 254), []))).toBeUndefined();
  expect(parseRoute(message(RTM_NEWROUTE, routeHead(2, 16, 254), [[1, Uint8Array.of(1, 2)]]))).toBeUndefined();
});

test('an address is the interface’s own, also on a point-to-point link', () => {
  const head = Uint8Array.of(2, 24, 0, 0, 7, 0, 0, 0);
  const own: Attribute = [2, Uint8Array.of(10, 0, 0, 1)];
  const other: Attribute = [1, Uint8Array.of(10, 0, 0, 2)];
  expect(parseAddress(message(RTM_NEWADDR, head, [other, own]))).toEqual({ address: '10.0.0.1/24', index: 7 });
  expect(parseAddress(message(RTM_NEWADDR, head, [other]))).toEqual({ address: '10.0.0.2/24', index: 7 });
  expect(parseAddress(message(RTM_NEWADDR, head, []))).toBeUndefined();
});

test('whatever the bytes are, reading them throws nothing', () => {
  let state = 1;
  const random = (): number => {
    state = Math.imul(state, 1664525) + 1013904223;
    return (state >>> 16) & 0xff;
  };
  const families = [2, 10, 0, 28];
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: random() }, () => (random() < 128 ? random() & 31 : random()));
    bytes[0] = families[round % 4]!;
    if (round % 2 === 0) bytes[4] = 254;
    for (const type of [RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE]) {
      parseLink({ type, flags: 0, payload: bytes });
      parseRoute({ type, flags: 0, payload: bytes });
      parseAddress({ type, flags: 0, payload: bytes });
    }
  }
});
