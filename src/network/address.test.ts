import { expect, test } from 'vitest';
import {
  addressBytes,
  addressText,
  boundsOf,
  canonicalAddress,
  contains,
  familyOf,
  isUsable,
  macBytes,
  macOf,
  macText,
  nthAddress,
  overlaps,
  parseSubnet,
  subnetText,
} from './address.ts';

test.each([
  ['0:0:0:0:0:0:0:1', '::1'],
  ['::', '::'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['fe80::', 'fe80::'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0', '0.0.0.0'],
])('the address %s is written %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical);
  expect(addressText(addressBytes(canonical))).toBe(canonical);
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '01.2.3.4',
  '0x1.2.3.4',
  '1.2.3.4 ',
  '1.2.3.٤',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  '12345::',
  'g::',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:1',
  'fe80::1%eth0',
  ':1:2:3:4:5:6:7',
])('%j is not an address', (text) => {
  expect(() => addressBytes(text)).toThrow('is not an IP address');
  expect(() => familyOf(text)).toThrow('is not an IP address');
});

test.each([
  ['172.18.5.9/16', '172.18.0.0/16', '172.18.0.0', '172.18.255.255'],
  ['10.0.0.3/31', '10.0.0.2/31', '10.0.0.2', '10.0.0.3'],
  ['10.0.0.3/32', '10.0.0.3/32', '10.0.0.3', '10.0.0.3'],
  ['1.2.3.4/0', '0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ['fd00:1::5/64', 'fd00:1::/64', 'fd00:1::', 'fd00:1::ffff:ffff:ffff:ffff'],
  ['fd00::ff/127', 'fd00::fe/127', 'fd00::fe', 'fd00::ff'],
])('the subnet %s is %s, from %s to %s', (text, canonical, first, last) => {
  const subnet = parseSubnet(text);
  expect(subnetText(subnet)).toBe(canonical);
  expect(nthAddress(subnet, 0n)).toBe(first);
  const bounds = boundsOf(subnet);
  expect(nthAddress(subnet, bounds.last - bounds.first)).toBe(last);
  expect(() => nthAddress(subnet, bounds.last - bounds.first + 1n)).toThrow('has no address number');
  expect([first, last].every((address) => contains(subnet, address))).toBe(true);
});

test.each([
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/016',
  '10.0.0.0/-1',
  '10.0.0/8',
  'fd00::/129',
  '/8',
  'x/8',
  '10.0.0.0/8/8',
])('%s is not a subnet', (text) => expect(() => parseSubnet(text)).toThrow('is not a subnet'));

test.each([
  ['10.0.0.0/8', '10.255.0.0/16', true],
  ['10.255.0.0/16', '10.0.0.0/8', true],
  ['10.0.0.0/24', '10.0.1.0/24', false],
  ['0.0.0.0/0', '192.0.2.0/24', true],
  ['::/0', '192.0.2.0/24', false],
  ['fd00::/64', 'fd00:0:0:1::/112', false],
  ['fd00::/48', 'fd00::1:0:0:0/112', true],
])('that %s and %s share addresses is %s', (one, other, expected) => {
  expect(overlaps(one, other)).toBe(expected);
  expect(overlaps(other, one)).toBe(expected);
});

test.each([
  ['10.0.0.0/30', '10.0.0.0', false],
  ['10.0.0.0/30', '10.0.0.1', true],
  ['10.0.0.0/30', '10.0.0.3', false],
  ['10.0.0.0/31', '10.0.0.0', true],
  ['10.0.0.0/31', '10.0.0.1', true],
  ['10.0.0.0/16', '10.0.1.0', true],
  ['10.0.0.0/16', '10.1.0.1', false],
  ['fd00::/64', 'fd00::', false],
  ['fd00::/64', 'fd00::ffff:ffff:ffff:ffff', true],
  ['fd00::/64', '10.0.0.1', false],
])('in %s a host may have %s: %s', (subnet, address, expected) => expect(isUsable(subnet, address)).toBe(expected));

test('the MAC of an address is that of Docker, and neighbours never share one', () => {
  expect(macOf('172.18.0.2')).toBe('02:42:ac:12:00:02');
  const macs = Array.from({ length: 2000 }, (_, index) => macOf(nthAddress('fd00:1:2::/64', BigInt(index))));
  expect(new Set(macs).size).toBe(2000);
  expect(macs.every((mac) => mac.startsWith('02:43:'))).toBe(true);
  expect(macOf('fd00::1:0:2')).not.toBe(macOf('fd00::2:0:2'));
});

test('a MAC is read in both ways of writing it', () => {
  expect(macText(macBytes('02:42:AC:12:00:0a'))).toBe('02:42:ac:12:00:0a');
  expect(macText(macBytes('02-42-ac-12-00-02'))).toBe('02:42:ac:12:00:02');
});

test.each([
  ['02:42', 'is not a MAC address'],
  ['02:42-ac:12:00:02', 'is not a MAC address'],
  ['02:42:ac:12:00:0g', 'is not a MAC address'],
  ['02:42:ac:12:00:02:03', 'is not a MAC address'],
  ['01:00:5e:00:00:01', 'no interface may have'],
  ['ff:ff:ff:ff:ff:ff', 'no interface may have'],
  ['00:00:00:00:00:00', 'no interface may have'],
])('the MAC %s: %s', (text, message) => expect(() => macBytes(text)).toThrow(message));
