import { expect, test } from 'vitest';
import type { ContainerPort } from '../engine/container-ports.ts';
import { portWords } from './port-words.ts';

const at = (hostAddress: string, hostPort: number, port: number, protocol = 'tcp'): ContainerPort => ({
  port,
  protocol,
  hostAddress,
  hostPort,
});
const told = (port: number, protocol = 'tcp'): ContainerPort => ({ port, protocol });

test.each<[string, readonly ContainerPort[], string]>([
  ['nothing', [], ''],
  ['a port that is told of', [told(80)], '80/tcp'],
  ['a published port', [at('0.0.0.0', 8080, 80), at('::', 8080, 80)], '0.0.0.0:8080->80/tcp, :::8080->80/tcp'],
  ['one that keeps its number', [at('0.0.0.0', 80, 80), at('::', 80, 80)], '0.0.0.0:80->80/tcp, :::80->80/tcp'],
  ['what stands next to each other', [told(80), told(81), told(83)], '80-81/tcp, 83/tcp'],
  [
    'a published range',
    [at('0.0.0.0', 80, 80), at('::', 80, 80), at('0.0.0.0', 81, 81), at('::', 81, 81)],
    '0.0.0.0:80-81->80-81/tcp, :::80-81->80-81/tcp',
  ],
  ['each protocol for itself', [told(53), told(53, 'udp'), told(54)], '53-54/tcp, 53/udp'],
  [
    'those that are told of first',
    [at('127.0.0.1', 8080, 80), told(443), told(444, 'udp')],
    '443/tcp, 444/udp, 127.0.0.1:8080->80/tcp',
  ],
])('PORTS show %s', (_, ports, expected) => {
  expect(portWords(ports)).toBe(expected);
});
