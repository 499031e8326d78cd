// Inside a container: 127.0.0.11, port 53, leads to the resolver's sockets on other ports, and port 53 is free for the container.
import { closeSync, openSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redirectNames } from '../../src/network/nftables/redirect.ts';
import { makeStation, type Running, type Station } from '../support/network-station.ts';

let container: Station;
const running: Running[] = [];

beforeAll(async () => {
  container = await makeStation();
  running.push(
    await container.serve('serve', 'udp', '127.0.0.11', '4053', 'resolver'),
    await container.serve('serve', 'tcp', '127.0.0.11', '4054', 'resolver'),
  );
  const namespace = openSync(`/proc/${container.pid}/ns/net`, 'r');
  try {
    redirectNames(namespace, { udp: 4053, tcp: 4054 });
  } finally {
    closeSync(namespace);
  }
});
afterAll(async () => {
  for (const each of running) await each[Symbol.asyncDispose]();
  await container[Symbol.asyncDispose]();
});

test.each(['udp', 'tcp'])('a question by %s is answered from the address and port that was asked', async (protocol) => {
  expect(await container.ask('ask', protocol, '127.0.0.11', 53)).toEqual({ answer: 'resolver 127.0.0.1 hello' });
});

test('a name server of the container’s own has port 53 of its other addresses', async () => {
  await using _udp = await container.serve('serve', 'udp', '0.0.0.0', '53', 'own');
  await using _tcp = await container.serve('serve', 'tcp', '0.0.0.0', '53', 'own');
  for (const protocol of ['udp', 'tcp']) {
    expect(await container.ask('ask', protocol, '127.0.0.1', 53)).toEqual({ answer: 'own 127.0.0.1 hello' });
    expect(await container.ask('ask', protocol, '127.0.0.11', 53)).toEqual({ answer: 'resolver 127.0.0.1 hello' });
  }
});

test('other ports of that address are as they were', async () => {
  expect(await container.ask('ask', 'tcp', '127.0.0.11', 54)).toEqual({ error: 'ECONNREFUSED' });
});
