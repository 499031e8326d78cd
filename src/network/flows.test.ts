import { expect, test } from 'vitest';
import { addressBytes } from './address.ts';
import { leadsElsewhere, type Tuple } from './flows.ts';

const tuple = (source: string, sourcePort: number, destination: string, destinationPort: number): Tuple => ({
  source: addressBytes(source),
  sourcePort,
  destination: addressBytes(destination),
  destinationPort,
});
const target = { hostPort: 53, address: '172.17.0.2', port: 5353 };
const asked = tuple('192.0.2.10', 4000, '192.0.2.2', 53);

test.each([
  ['to the host itself', asked, tuple('192.0.2.2', 53, '192.0.2.10', 4000), true],
  ['to a container that had the port before', asked, tuple('172.17.0.9', 5353, '192.0.2.10', 4000), true],
  ['to another port of the container', asked, tuple('172.17.0.2', 99, '192.0.2.10', 4000), true],
  ['to the container', asked, tuple('172.17.0.2', 5353, '192.0.2.10', 4000), false],
  [
    'to another port of the host',
    tuple('192.0.2.10', 4000, '192.0.2.2', 54),
    tuple('192.0.2.2', 54, '192.0.2.10', 4000),
    false,
  ],
  [
    'of a container to a server outside, with the host’s address',
    tuple('172.17.0.3', 4000, '198.51.100.1', 53),
    tuple('198.51.100.1', 53, '192.0.2.2', 4000),
    false,
  ],
  [
    'of the other family',
    tuple('2001:db8::10', 4000, '2001:db8::2', 53),
    tuple('2001:db8::2', 53, '2001:db8::10', 4000),
    false,
  ],
])('a flow %s', (_, original, reply, expected) => {
  expect(leadsElsewhere(original, reply, target)).toBe(expected);
});

test('of a port at one address of the host, flows to its other addresses are no matter', () => {
  const reply = tuple('192.0.2.2', 53, '192.0.2.10', 4000);
  expect(leadsElsewhere(asked, reply, { ...target, hostAddress: '192.0.2.2' })).toBe(true);
  expect(leadsElsewhere(asked, reply, { ...target, hostAddress: '192.0.2.3' })).toBe(false);
});
