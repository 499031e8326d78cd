// The bytes that `ip` of iproute2 6.1 sends for the same (strace -e write=all), but for NLA_F_NESTED and
// the NUL of a kind, which it leaves out.
import { expect, test } from 'vitest';
import { encodeMessages, type Message } from '../netlink/message.ts';
import * as m from './messages.ts';
import { insideMessages, pairMessage, portMessage } from './veth-messages.ts';

/** From the message's type on, without the number; in words of 4 bytes. */
const hex = (message: Message): string[] => {
  const bytes = Buffer.from(encodeMessages([message], 0, () => true));
  return [bytes.toString('hex', 4, 8), ...bytes.toString('hex', 16).match(/.{1,8}/g)!];
};
const words = (text: string): string[] => text.trim().split(/\s+/);
const zeros = (count: number): string => Array(count).fill('00000000').join(' ');

const veth = {
  hostName: 'tsv1',
  bridge: 'tsd0',
  namespace: 9,
  name: 'eth0',
  mac: '02:42:ac:11:00:02',
  addresses: ['172.17.0.2/16'],
  gateways: ['172.17.0.1'],
};
const queues = '08001f00 01000000 08002000 01000000';

test('a pair is made in one message, the other end in its namespace', () => {
  expect(hex(pairMessage(veth, 3))).toEqual(
    words(`10000506 ${zeros(4)}
      09000300 74737631 00000000 08000a00 03000000 ${queues}
      58001280 09000100 76657468 00000000 48000280 44000100 ${zeros(4)}
        09000300 65746830 00000000 0a000100 0242ac11 00020000 08001c00 09000000 ${queues}`),
  );
});

test('an MTU is both ends’', () => {
  const both = hex(pairMessage({ ...veth, mtu: 1400 }, 3)).join(' ');
  expect(both.match(/08000400 78050000/g)).toHaveLength(2);
});

test('a port of a bridge comes up with hairpin mode and without a link-local address', () => {
  expect(hex(portMessage(4))).toEqual(
    words(`10000500 00000000 04000000 01000000 01000000
      10001a80 0c000a80 05000800 01000000
      1c001280 0b000400 62726964 67650000 0c000580 05000400 01000000`),
  );
});

test('an IPv4 address comes with its broadcast address', () => {
  expect(hex(m.newAddress(4, m.interfaceAddress('172.17.0.2/16')))).toEqual(
    words('14000505 02100000 04000000 08000200 ac110002 08000100 ac110002 08000400 ac11ffff'),
  );
});

test.each([
  ['10.1.2.3/8', '0affffff'],
  ['10.1.2.3/20', '0a010fff'],
  ['10.1.2.129/25', '0a0102ff'],
  ['10.1.2.4/30', '0a010207'],
])('the broadcast address of %s ends in ones', (address, broadcast) => {
  expect(hex(m.newAddress(4, m.interfaceAddress(address))).at(-1)).toBe(broadcast);
});

test.each(['10.1.2.3/31', '10.1.2.3/32', '10.1.2.3'])('%s has no broadcast address', (address) => {
  expect(hex(m.newAddress(4, m.interfaceAddress(address)))).toHaveLength(7);
});

test('an IPv6 address is usable at once', () => {
  expect(hex(m.newAddress(4, m.interfaceAddress('fd00:17::2/64')))).toEqual(
    words(`14000505 0a400200 04000000
      14000200 fd000017 00000000 00000000 00000002 14000100 fd000017 00000000 00000000 00000002`),
  );
});

test('a default route takes the place of the one there is', () => {
  expect(hex(m.newDefaultRoute(4, '172.17.0.1'))).toEqual(
    words('18000505 02000000 fe030001 00000000 08000500 ac110001 08000400 04000000'),
  );
  expect(hex(m.newDefaultRoute(4, 'fd00:17::1'))).toEqual(
    words('18000505 0a000000 fe030001 00000000 14000500 fd000017 00000000 00000000 00000001 08000400 04000000'),
  );
});

test('a default route is removed whoever made it', () => {
  expect(hex(m.deleteDefaultRoute(2))).toEqual(words('19000500 02000000 fe00ff00 00000000'));
});

test('loopback is the first link', () => {
  expect(hex(m.loopbackUp)).toEqual(words('10000500 00000000 01000000 01000000 01000000'));
});

test('a link is looked for by name or by index, without its counters', () => {
  expect(hex(m.getLink('tsv1'))).toEqual(words(`12000500 ${zeros(4)} 09000300 74737631 00000000 08001d00 08000000`));
  expect(hex(m.getLink(4))).toEqual(words('12000500 00000000 04000000 00000000 00000000 08001d00 08000000'));
});

test('a container without an IPv6 address has none of the link either', () => {
  const linkLocal = '10001a80 0c000a80 05000800 01000000';
  const raised = (addresses: string[]) => hex(insideMessages({ ...veth, addresses }, 2).messages[1]!).join(' ');
  expect(raised(['172.17.0.2/16'])).toContain(linkLocal);
  expect(raised(['172.17.0.2/16', 'fd00::2/64'])).not.toContain(linkLocal);
});

test('every message for the container’s end says what it does', () => {
  const options = { ...veth, addresses: ['172.17.0.2/16', 'fd00::2/64'], gateways: ['172.17.0.1', 'fd00::1'] };
  const { messages, what } = insideMessages(options, 2);
  expect(messages.map(({ type }) => type)).toEqual([16, 16, 20, 20, 24, 24]);
  expect(what).toEqual([
    'bringing the loopback interface up',
    'bringing eth0 up',
    'giving eth0 the address 172.17.0.2/16',
    'giving eth0 the address fd00::2/64',
    'adding a default route over 172.17.0.1',
    'adding a default route over fd00::1',
  ]);
});

test.each(['172.17.0/16', 'eth0', '', '1.2.3.4.5/8'])('%j is no address', (address) => {
  expect(() => m.interfaceAddress(address)).toThrow(expect.objectContaining({ code: 'usage' }));
});
