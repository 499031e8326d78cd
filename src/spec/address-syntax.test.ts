import { expect, test } from 'vitest';
import { canonicalAddress, canonicalMac, isLoopback } from './address-syntax.ts';

test.each([
  ['0.0.0.0', '0.0.0.0'],
  ['192.0.2.255', '192.0.2.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8:0:0:0::0:1', '2001:db8::1'],
  ['fd00:0:0:1:0:0:0:2', 'fd00:0:0:1::2'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
])('the address %s is written %s', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

test.each([
  '',
  '1',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '01.2.3.4',
  '1.2.3.4 ',
  '1.2.3.4/8',
  'a.b.c.d',
  ':',
  ':::',
  '1::2::3',
  'fe80::1%eth0',
  '[::1]',
  '::1]',
  '::1]@[::2',
  '::1]:80',
  '12345::',
  'g::',
  '1:2:3:4:5:6:7:8:9',
  '::1\n',
  '0x7f.1',
])('%j is no address', (text) => {
  expect(canonicalAddress(text)).toBeUndefined();
});

test.each([
  ['02:42:AC:11:00:02', '02:42:ac:11:00:02'],
  ['02-42-ac-11-00-02', '02:42:ac:11:00:02'],
  ['02:42-ac:11:00:02', undefined],
  ['01:00:5e:00:00:01', undefined],
  ['00:00:00:00:00:00', undefined],
  ['02:42:ac:11:00', undefined],
  ['0242ac110002', undefined],
  ['', undefined],
])('the address of an interface %j is %s', (text, expected) => {
  expect(canonicalMac(text)).toBe(expected);
});

test('127.0.0.0/8 and ::1 are the loopback', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', '0:0::1'].every(isLoopback)).toBe(true);
  expect(['128.0.0.1', '::', '::2'].some(isLoopback)).toBe(false);
});
