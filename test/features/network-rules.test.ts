// docs/network.md says what stands in the kernel, and its examples for administrators do what they say.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostAddress, hostAddress6, type NetworkHost, networkHost } from '../support/network-host.ts';
import type { Running } from '../support/network-station.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/network.md'), 'utf8');

let world: NetworkHost;
let server: Running;
beforeAll(async () => {
  world = await networkHost();
  await world.idle('--name', 'web', '-p', '8080:80');
  server = await (await world.inside('web')).serve('serve', 'tcp', '::', '80', 'web');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** The listing of the table. */
const shown = /^table inet tsdocker \{\n\tset[\s\S]*?\n\}/m.exec(page)![0];

/** The rules of each chain, without its comment. */
function chainsOf(text: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [, name = '', body = ''] of text.matchAll(/^\tchain (\w+) \{([^}]*)\}/gm)) {
    const lines = body.split('\n').map((line) => line.trim());
    found[name] = lines.filter((line) => line !== '' && !line.startsWith('comment '));
  }
  return found;
}

test('the rules on the page are those in the kernel', async () => {
  const listed = await world.host.must('nft', '--stateless', 'list', 'table', 'inet', 'tsdocker');
  expect(chainsOf(shown)).toEqual({ ...chainsOf(listed), administrator: [] });
  expect(Object.keys(chainsOf(listed)).length).toBe(9);
  for (const [, kind, name] of listed.matchAll(/^\t(set|map) (\w+)/gm))
    expect([kind, shown]).toEqual([kind, expect.stringContaining(name!)]);
});

test('the table is there once the first container has a network, and what a container adds goes with it', async () => {
  const before = await world.ruleset();
  const id = await world.idle('-p', '8090:80', '-p', '127.0.0.1:8091:80', '-p', `${hostAddress}:8092:80/udp`);
  expect(await world.ruleset()).not.toBe(before);
  await world.ok('rm', '-f', id);
  expect(await world.ruleset()).toBe(before);
  const quiet = await world.idle();
  expect(await world.ruleset()).toBe(before);
  await world.ok('rm', '-f', quiet);
});

test('the examples for administrators shut a published port to all but one network', async () => {
  const lines = page.split('\n').filter((line) => line.startsWith('nft add rule inet tsdocker administrator'));
  expect(lines.length).toBeGreaterThan(2);
  const ask = async (from: 'client' | 'far' | 'six', to: string): Promise<boolean> =>
    (await world[from].ask('ask', 'tcp', to, 8080)).answer !== undefined;
  expect([await ask('client', hostAddress), await ask('far', hostAddress), await ask('six', hostAddress6)]).toEqual([
    true,
    true,
    true,
  ]);
  await world.host.sh(lines.join(' && '));
  // The one network is that of the client behind the router.
  expect([await ask('client', hostAddress), await ask('far', hostAddress), await ask('six', hostAddress6)]).toEqual([
    false,
    true,
    false,
  ]);
  expect((await world.host.ask('ask', 'tcp', '127.0.0.1', 8080)).answer).toMatch(/^web/);
});

test('a file with the administrator’s rules can be loaded before tsdocker is first used', async () => {
  await using other = await networkHost();
  const [, file = ''] = /^(table inet tsdocker \{\n\tchain administrator \{\n[\s\S]*?\n\})/m.exec(
    page.slice(page.indexOf('/etc/nftables.d')),
  )!;
  await other.host.must('sh', '-c', 'printf %s "$1" | nft -f -', 'sh', file);
  await other.idle('--name', 'web', '-p', '8080:80');
  await using _server = await (await other.inside('web')).serve('serve', 'tcp', '::', '80', 'web');
  expect((await other.far.ask('ask', 'tcp', hostAddress, 8080)).answer).toMatch(/^web/);
  expect((await other.client.ask('ask', 'tcp', hostAddress, 8080)).answer).toBeUndefined();
});
