// Leases of addresses (src/store/endpoints.ts): of many commands at once no two get the same one, and what a killed command has left
// is in nobody's way.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  addEndpoint,
  endpointsIn,
  endpointsOf,
  lease,
  networkOfEndpoint,
  removeEndpoint,
} from '../../src/store/endpoints.ts';
import {
  findNetwork,
  forgetNetwork,
  listNetworks,
  type NetworkRecord,
  newNetworkId,
  predefinedNetworks,
  recordNetwork,
  useSubnets,
} from '../../src/store/networks.ts';
import { openStore, type Store } from '../../src/store/store.ts';

let root: string;
let store: Store;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tsdocker-leases-'));
  store = openStore(root);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(root, { recursive: true, force: true });
});

const idOf = (number: number): string => number.toString(16).padStart(64, '0');

function addContainers(count: number): string[] {
  const add = store.database.sql.prepare(`INSERT INTO containers VALUES (?, ?, '', 0, '[]', '', '[]', '{}')`);
  return Array.from({ length: count }, (_, index) => {
    add.run(idOf(index), `c${index}`);
    return idOf(index);
  });
}

function makeNetwork(name: string, ...subnets: NetworkRecord['settings']['subnets']): NetworkRecord {
  const id = newNetworkId();
  const settings = { subnets, internal: false, ipv6: false, labels: {}, options: {}, link: `tsd-${id.slice(0, 11)}` };
  return recordNetwork(store, { id, name, driver: 'bridge', createdAt: 1, settings });
}

const join4 = (network: NetworkRecord, containerId: string, settings = {}): void =>
  addEndpoint(store, { networkId: network.id, containerId, settings: { order: 0, aliases: [], ...settings } });

const never = (): boolean => false;
const always = (): boolean => true;

const wide = { subnet: '10.80.0.0/16', gateway: '10.80.0.1' };
const narrow = { subnet: '10.81.0.0/29', gateway: '10.81.0.1' }; // five containers
const wide6 = { subnet: 'fd00:80::/64', gateway: 'fd00:80::1' };

const module = (name: string): string => JSON.stringify(join(import.meta.dirname, '../../src/store', name));
/** Runs in a process of its own, as a command would. */
const script = (body: string): string => `
  const { openStore } = await import(${module('store.ts')});
  const { lease } = await import(${module('endpoints.ts')});
  const { findNetwork, predefinedNetworks } = await import(${module('networks.ts')});
  using store = openStore(${JSON.stringify(root)});
  ${body}`;
const flags = (body: string): string[] => ['--no-warnings', '--input-type=module', '-e', script(body)];

test('100 leases from 10 processes at once are 100 addresses, none left out', async () => {
  const network = makeNetwork('web', wide, wide6);
  const ids = addContainers(100);
  for (const id of ids) join4(network, id);
  await Promise.all(
    Array.from({ length: 10 }, (_, part) =>
      promisify(execFile)(
        process.execPath,
        flags(`const network = findNetwork(store, 'web');
          for (const id of ${JSON.stringify(ids.filter((_, index) => index % 10 === part))})
            lease(store, network, id, () => true);`),
      ),
    ),
  );
  const endpoints = endpointsIn(store, network.id);
  const last = (address: string | undefined): number => Number.parseInt(address!.split(/[.:]/).at(-1)!, 10);
  expect(endpoints.map(({ address4 }) => last(address4)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 2),
  );
  expect(new Set(endpoints.map(({ address6 }) => address6)).size).toBe(100);
  expect(new Set(endpoints.map(({ mac }) => mac)).size).toBe(100);
});

test('a container keeps its address, and gives it back when it goes or is disconnected', () => {
  const network = makeNetwork('web', wide, wide6);
  const [one, two, three] = addContainers(3) as [string, string, string];
  for (const id of [one, two]) join4(network, id);
  expect(lease(store, network, one, always)).toMatchObject({
    address4: '10.80.0.2',
    address6: 'fd00:80::2',
    mac: '02:42:0a:50:00:02',
  });
  expect(lease(store, network, two, always)).toMatchObject({ address4: '10.80.0.3' });
  expect(lease(store, network, one, always)).toEqual(endpointsOf(store, one)[0]);
  expect(removeEndpoint(store, network.id, one)).toBe(true);
  expect(removeEndpoint(store, network.id, one)).toBe(false);
  join4(network, one);
  join4(network, three);
  expect(lease(store, network, three, always)).toMatchObject({ address4: '10.80.0.2' });
  store.database.sql.prepare('DELETE FROM containers WHERE id = ?').run(two);
  expect(lease(store, network, one, always)).toMatchObject({ address4: '10.80.0.3', address6: 'fd00:80::3' });
});

test('an address that is asked for is had, unless a running container has it', () => {
  const network = makeNetwork('web', wide, wide6);
  const [one, two, three] = addContainers(3) as [string, string, string];
  join4(network, one);
  join4(network, two, { ip: '10.80.0.2', ip6: 'fd00:80:0::9', mac: '02:00:00:00:00:09' });
  join4(network, three);
  lease(store, network, one, always);
  expect(() => lease(store, network, two, always)).toThrow('the address 10.80.0.2 is taken by the container c0');
  expect(endpointsOf(store, two)[0]).not.toHaveProperty('address4');
  expect(lease(store, network, two, never)).toMatchObject({
    address4: '10.80.0.2',
    address6: 'fd00:80::9',
    mac: '02:00:00:00:00:09',
  });
  // Who had it before gets another one.
  expect(lease(store, network, one, always)).toMatchObject({ address4: '10.80.0.3', address6: 'fd00:80::2' });
  expect(lease(store, network, three, always)).toMatchObject({ address4: '10.80.0.4', address6: 'fd00:80::3' });
});

test('where all addresses are taken, a container that does not run gives its own up, and one that asked for it last', () => {
  const network = makeNetwork('web', narrow);
  const ids = addContainers(7);
  for (const [index, id] of ids.entries()) join4(network, id, index === 0 ? { ip: '10.81.0.2' } : {});
  for (const id of ids.slice(0, 5)) lease(store, network, id, always);
  expect(() => lease(store, network, ids[5]!, always)).toThrow(
    'the network web has no free address left in 10.81.0.0/29',
  );
  const stopped = new Set([ids[0]!, ids[3]!]);
  const isRunning = (id: string): boolean => !stopped.has(id);
  expect(lease(store, network, ids[5]!, isRunning)).toMatchObject({ address4: '10.81.0.5' });
  expect(endpointsOf(store, ids[3]!)[0]).not.toHaveProperty('address4');
  expect(lease(store, network, ids[6]!, isRunning)).toMatchObject({ address4: '10.81.0.2' });
  expect(() => lease(store, network, ids[3]!, always)).toThrow('no free address');
});

test('of a network that is gone there is no lease; one of the same name takes its containers over', () => {
  const network = makeNetwork('web', wide);
  const [id] = addContainers(1) as [string];
  join4(network, id);
  lease(store, network, id, always);
  expect(forgetNetwork(store, network.id)).toBe(true);
  expect(() => lease(store, network, id, always)).toThrow('network web not found');
  expect(() => networkOfEndpoint(store, endpointsOf(store, id)[0]!)).toThrow('network web not found');
  const heir = makeNetwork('web', narrow);
  expect(networkOfEndpoint(store, endpointsOf(store, id)[0]!)).toEqual(heir);
  expect(lease(store, heir, id, always)).toMatchObject({ networkId: heir.id, address4: '10.81.0.2' });
  expect(endpointsOf(store, id)).toHaveLength(1);
});

test('a container is in a network once, and only in one that is there', () => {
  const network = makeNetwork('web', wide);
  const [id] = addContainers(1) as [string];
  join4(network, id);
  expect(() => join4(network, id)).toThrow('endpoint with name c0 already exists in network web');
  expect(() => join4({ ...network, id: idOf(99) }, id)).toThrow('not found');
  expect(() => join4(network, idOf(98))).toThrow(/FOREIGN KEY/);
});

test('many processes at once make bridge, host and none once, and choose one subnet', async () => {
  const found = await Promise.all(
    Array.from({ length: 6 }, () =>
      promisify(execFile)(
        process.execPath,
        flags(`process.stdout.write(predefinedNetworks(store).map(({ id }) => id).join())`),
      ),
    ),
  );
  expect(new Set(found.map(({ stdout }) => stdout)).size).toBe(1);
  expect(found[0]!.stdout).toBe(
    predefinedNetworks(store)
      .map(({ id }) => id)
      .join(),
  );
  const bridge = findNetwork(store, 'bridge');
  const settled = useSubnets(store, bridge, () => ({ subnets: [wide], link: 'tsd0' }));
  expect(useSubnets(store, bridge, () => ({ subnets: [narrow], link: 'tsd1' }))).toEqual(settled);
  expect(findNetwork(store, 'bridge')).toEqual(settled);
});

test('a command that is killed in the middle of leasing leaves no lease and no lock', async () => {
  const network = makeNetwork('web', wide);
  const [one, two] = addContainers(2) as [string, string];
  for (const id of [one, two]) join4(network, id, { ip: '10.80.0.9' });
  lease(store, network, one, always);
  // It asks whether the holder runs inside its transaction, and never gets an answer.
  const command = spawn(
    process.execPath,
    flags(`lease(store, findNetwork(store, 'web'), ${JSON.stringify(two)}, () => {
      process.getBuiltinModule('node:fs').writeSync(1, 'inside');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => command.stdout.once('data', resolve));
  const ended = new Promise((resolve) => command.once('exit', resolve));
  command.kill('SIGKILL');
  await ended;
  expect(endpointsOf(store, two)[0]).not.toHaveProperty('address4');
  expect(lease(store, network, two, never)).toMatchObject({ address4: '10.80.0.9' });
  expect(listNetworks(store).map(({ name }) => name)).toEqual(['bridge', 'host', 'none', 'web']);
});

test('networks that are made at once have subnets of their own, and of one name there is one', async () => {
  const create = JSON.stringify(join(import.meta.dirname, '../../src/engine/network/create.ts'));
  const ended = await Promise.all(
    Array.from({ length: 8 }, (_, number) =>
      promisify(execFile)(
        process.execPath,
        flags(`const { createNetwork } = await import(${create});
          createNetwork(store, { name: 'own${number}' });
          try {
            createNetwork(store, { name: 'same' });
            process.stdout.write('made');
          } catch ({ code, message }) {
            process.stdout.write(code + ': ' + message);
          }`),
      ),
    ),
  );
  expect(ended.map(({ stdout }) => stdout).sort()).toEqual([
    ...Array<string>(7).fill('conflict: network with name same already exists'),
    'made',
  ]);
  const subnets = listNetworks(store).flatMap(({ settings }) => settings.subnets.map(({ subnet }) => subnet));
  expect([subnets.length, new Set(subnets).size]).toEqual([9, 9]);
});
