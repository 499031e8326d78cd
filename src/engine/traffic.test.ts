import { expect, test } from 'vitest';
import { parseTraffic, readTraffic } from './traffic.ts';

const head = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

test('devices are added up, the loopback is not', () => {
  const text = `${head}    lo: 1000000  10    0    0    0     0          0         0  1000000  10    0    0    0     0       0          0
  eth0:    1500       3    0    0    0     0          0         0     700       2    0    0    0     0       0          0
wg-a.1:      25       1    0    0    0     0          0         0       5       1    0    0    0     0       0          0
`;
  expect(parseTraffic(text)).toEqual({ received: 1525, sent: 705 });
});

test('an alias and figures that stand close to the name are read', () => {
  expect(parseTraffic(`${head}eth0:1:77 1 0 0 0 0 0 0 88 1 0 0 0 0 0 0\n`)).toEqual({ received: 77, sent: 88 });
});

test('a namespace with nothing in it has no traffic', () => {
  expect(parseTraffic(head)).toEqual({ received: 0, sent: 0 });
});

test('this process has a namespace with figures', () => {
  const { received, sent } = readTraffic(process.pid);
  expect(received).toBeGreaterThanOrEqual(0);
  expect(sent).toBeGreaterThanOrEqual(0);
});
