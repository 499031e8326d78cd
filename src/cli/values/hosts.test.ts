import { describe, expect, test } from 'vitest';
import { parseAddHost, parseDns, parseDnsOption, parseDnsSearch } from './hosts.ts';

test.each([
  ['db:192.0.2.7', 'db:192.0.2.7'],
  ['db=192.0.2.7', 'db:192.0.2.7'],
  ['db:2001:DB8::7', 'db:2001:db8::7'],
  ['db=[::1]', 'db:::1'],
  ['host.internal:host-gateway', 'host.internal:host-gateway'],
])('--add-host %s', (value, expected) => {
  expect(parseAddHost(value)).toBe(expected);
});

test.each([
  ['', 'names no host'],
  ['db', 'names no host'],
  [':192.0.2.7', 'names no host'],
  ['a b:192.0.2.7', 'names no host'],
  ['a\nb:192.0.2.7', 'names no host'],
  ['#a:192.0.2.7', 'names no host'],
  ['db:', 'has "" for an address'],
  ['db:web', 'has "web" for an address'],
  ['db:192.0.2.7\n::1 x', 'for an address'],
])('--add-host refuses %j', (value, message) => {
  expect(() => parseAddHost(value)).toThrow(message);
});

describe('--dns', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
  ])('takes %j', (value, expected) => {
    expect(parseDns(value)).toBe(expected);
  });

  test.each(['', 'dns.example', '192.0.2.1:53', '192.0.2.1\nsearch x'])('refuses %j', (value) => {
    expect(() => parseDns(value)).toThrow('is no address');
  });
});

test('--dns-search takes domains, and . for none', () => {
  expect(['.', 'example.test', 'a', '_x.b.'].map(parseDnsSearch)).toEqual(['.', 'example.test', 'a', '_x.b.']);
  for (const value of ['', 'a b', 'a..b', '-a', 'a\nb', 'a'.repeat(256)]) {
    expect(() => parseDnsSearch(value)).toThrow('is no domain');
  }
});

test('--dns-option takes a word', () => {
  expect(['ndots:2', 'rotate'].map(parseDnsOption)).toEqual(['ndots:2', 'rotate']);
  for (const value of ['', 'a b', 'a\nnameserver 192.0.2.1']) {
    expect(() => parseDnsOption(value)).toThrow('is no option');
  }
});
