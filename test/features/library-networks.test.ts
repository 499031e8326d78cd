// engine.networks and what containers are asked for with it, from the sources. Nothing is started here, so that no bridge of the host
// is made: containers that run in networks are an example of docs/library.md, and in test/features/network-*.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine, TsdockerError } from '../../src/index.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let engine: Engine;
beforeAll(async () => {
  store = makeStore();
  engine = await Engine.open({ root: store.root });
});
afterAll(async () => {
  await engine.close();
  store[Symbol.dispose]();
});

const codeOf = async (action: () => unknown): Promise<unknown> => {
  try {
    return await action();
  } catch (error) {
    return error instanceof TsdockerError ? error.code : error;
  }
};
const busybox = 'localhost/busybox';

test('networks are made, listed, told of and removed', async () => {
  const made = engine.networks.create('made', { subnets: ['10.77.0.0/24'], internal: true, labels: { of: 'test' } });
  expect(made).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    name: 'made',
    driver: 'bridge',
    subnets: [{ subnet: '10.77.0.0/24', gateway: '10.77.0.1' }],
    internal: true,
    labels: { of: 'test' },
  });
  expect(engine.networks.list({ filters: ['label=of=test'] })).toEqual([made]);
  expect(engine.networks.list().map(({ name }) => name)).toEqual(expect.arrayContaining(['bridge', 'host', 'none']));
  expect(engine.networks.inspect(made.id.slice(0, 12))).toMatchObject({ Name: 'made', Internal: true, Containers: {} });
  expect(await codeOf(() => engine.networks.create('made'))).toBe('conflict');
  expect(await codeOf(() => engine.networks.create('bad', { subnets: ['10.77.0.0/33'] }))).toBe('usage');
  engine.networks.remove('made');
  expect(await codeOf(() => engine.networks.inspect('made'))).toBe('notFound');
  expect(await codeOf(() => engine.networks.remove('made'))).toBe('notFound');
});

test('networks are connected and disconnected, and pruned once nobody is in them', async () => {
  engine.networks.create('front', { labels: { of: 'prune' } });
  engine.networks.create('back', { labels: { of: 'prune' } });
  await using container = await engine.create(busybox, ['true'], { network: { name: 'front', aliases: ['web'] } });
  const networks = () => {
    const { Networks } = container.inspect().NetworkSettings as { Networks: Record<string, { Aliases: string[] }> };
    return Networks;
  };
  expect(networks().front?.Aliases).toContain('web');
  await engine.networks.connect('back', container.name, { aliases: ['db'] });
  expect(Object.keys(networks())).toEqual(['back', 'front']);
  expect(await codeOf(() => engine.networks.connect('back', container.id))).toBe('conflict');
  expect(await codeOf(() => engine.networks.connect('back', container.id, { aliases: ['a b'] }))).toBe('usage');
  await engine.networks.disconnect('front', container.id);
  expect(Object.keys(networks())).toEqual(['back']);
  expect(await codeOf(() => engine.networks.disconnect('front', container.id))).toBe('conflict');
  expect(engine.networks.prune({ filters: ['label=of=prune'] })).toEqual(['front']);
});

test('a container remembers what it was asked to publish, and has no ports before it runs', async () => {
  await using container = await engine.create(busybox, ['true'], {
    publish: [80, { port: 53, hostPort: 5353, protocol: 'udp', hostAddress: '127.0.0.1' }],
    expose: [443],
    extraHosts: { db: '192.0.2.7' },
  });
  expect(container.ports).toEqual([]);
  expect(container.inspect()).toMatchObject({
    Config: { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '443/tcp': {} } },
    HostConfig: {
      NetworkMode: 'default',
      PortBindings: {
        '80/tcp': [{ HostIp: '', HostPort: '' }],
        '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
      },
      ExtraHosts: ['db:192.0.2.7'],
    },
  });
});

test('what cannot be had leaves no container', async () => {
  expect(await codeOf(() => engine.create(busybox, [], { network: 'nobody' }))).toBe('notFound');
  expect(await codeOf(() => engine.create(busybox, [], { network: { container: 'nobody' } }))).toBe('notFound');
  expect(await codeOf(() => engine.create(busybox, [], { publish: [0] }))).toBe('usage');
  expect(await codeOf(() => engine.create(busybox, [], { network: { name: 'bridge', ip: '172.17.0.9' } }))).toBe(
    'usage',
  );
  expect(engine.list({ all: true })).toEqual([]);
});
