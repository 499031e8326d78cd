// tsdocker update: what is asked of a container changes as a whole, or not at all. That limits are enforced is shown in the virtual
// machine (test/vm/inside/update.test.ts): this host may have no controllers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { payloadPath } from '../../src/cgroup/place.ts';
import { updateLimits } from '../../src/cgroup/update.ts';
import { updateContainer } from '../../src/engine/update.ts';
import type { BundleState } from '../../src/store/bundles.ts';
import { findContainer } from '../../src/store/containers.ts';
import { openStore } from '../../src/store/store.ts';
import { type Background, startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let web: Background | undefined;
beforeAll(async () => {
  store = makeStore();
  await addBusybox(store.root, 'localhost/shell');
  web = await startBackground(store.root, 'localhost/shell', ':', '--name', 'web');
  for (const name of ['ended', 'kept'])
    expect(store.tsdocker('run', '--network', 'none', '--name', name, 'localhost/shell', 'true').status).toBe(0);
});
afterAll(async () => {
  await web?.end();
  store[Symbol.dispose]();
});

/** All that is written down of a container: its record and its bundle’s config.json. */
function written(name: string) {
  using opened = openStore(store.root);
  const { record } = findContainer(opened, name);
  const spec = JSON.parse(readFileSync(join(store.root, 'container', record.id, 'config.json'), 'utf8'));
  return { options: record.settings.options, resources: spec.linux.resources };
}

test('what is asked for is written down, of a container that runs and of one that ended', () => {
  const { resources } = written('web');
  for (const name of ['web', 'ended']) {
    const words = ['--restart', 'on-failure:3', '--pids-limit', '-1', name];
    expect(store.tsdocker('update', ...words)).toEqual({ status: 0, stdout: `${name}\n`, stderr: '' });
    expect(written(name)).toMatchObject({
      options: { restart: { name: 'on-failure', maximum: 3 }, pidsLimit: -1, image: 'localhost/shell' },
      resources: { devices: resources.devices, pids: { limit: -1 } },
    });
  }
});

test('what is not given stays as it is', () => {
  store.tsdocker('update', '--restart', 'always', 'kept');
  expect(store.tsdocker('container', 'update', '--pids-limit', '0', 'kept').status).toBe(0);
  expect(written('kept').options).toMatchObject({ restart: { name: 'always', maximum: 0 }, pidsLimit: -1 });
});

test('others are changed where one is not there', () => {
  const { status, stdout, stderr } = store.tsdocker('update', '--restart', 'no', 'nobody', 'web');
  expect({ status, stdout }).toEqual({ status: 125, stdout: 'web\n' });
  expect(stderr).toMatch(/^tsdocker: there is no container nobody\n/);
});

test.each([
  [[], 'nothing is to be changed'],
  [['--memory', '4m'], 'cannot update web: the value "4m" of --memory is too small'],
  [['--memory', 'much'], 'cannot update web: the value "much" of --memory is not a size'],
  [['--memory-swap', '100m'], 'cannot update web: --memory-swap needs --memory'],
  [['--cpus', '0.5', '--cpu-quota', '5000'], 'cannot update web: --cpus cannot be combined with --cpu-period'],
  [['--cpuset-cpus', '4000'], 'cannot update web: the value "4000" of --cpuset-cpus names 4000'],
  [['--restart', 'sometimes'], 'cannot update web: the value "sometimes" of --restart is not one of'],
  [['--pids-limit', 'few'], 'cannot update web: the value "few" of --pids-limit is not a whole number'],
])('%j is refused in a line, and nothing changes', (words, message) => {
  const before = written('web');
  const { status, stdout, stderr } = store.tsdocker('update', ...words, 'web');
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(stderr.split('\n')[0]).toContain(`tsdocker: ${message}`);
  expect(written('web')).toEqual(before);
});

test('a container that is removed when it ends has no restart policy', async () => {
  const brief = await startBackground(store.root, 'localhost/shell', ':', '--name', 'brief', '--rm');
  try {
    const { status, stderr } = store.tsdocker('update', '--restart', 'always', 'brief');
    expect(status).toBe(125);
    expect(stderr).toContain('--restart cannot be combined with --rm');
    using opened = openStore(store.root);
    const policy = { name: 'always', maximum: 0 } as const;
    await expect(
      updateContainer(opened, 'brief', (options) => ({ ...options, restart: policy })),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
  } finally {
    await brief.end();
  }
});

const hasMemory = readHierarchy().controllers.has('memory');

test.skipIf(hasMemory)(
  'a limit that the host cannot enforce is refused as run refuses it, and nothing else changes either',
  () => {
    const words = ['--memory', '64m', '--pids-limit', '-1', '--restart', 'unless-stopped'];
    for (const name of ['web', 'ended']) {
      const before = written(name);
      const { status, stderr } = store.tsdocker('update', ...words, name);
      expect(status).toBe(125);
      expect(stderr).toMatch(/: this host cannot enforce .*--memory: its cgroup v2 tree lacks the controller memory\n/);
      expect(written(name)).toEqual(before);
    }
  },
);

test('only what can be changed is changed by the library, and a change that throws changes nothing', async () => {
  using opened = openStore(store.root);
  const before = written('web');
  await updateContainer(opened, 'web', (options) => ({ ...options, pidsLimit: -1, image: 'other', tty: true }));
  expect(written('web').options).toEqual({ ...before.options, pidsLimit: -1 });
  const reason = new Error('no');
  await expect(
    updateContainer(opened, 'web', () => {
      throw reason;
    }),
  ).rejects.toBe(reason);
  expect(written('web').options).toEqual({ ...before.options, pidsLimit: -1 });
});

/** The state that the shim wrote; waits for one that is as `isReached` says. */
async function reach(name: string, isReached: (state: BundleState) => boolean): Promise<BundleState> {
  using opened = openStore(store.root);
  for (;;) {
    const { state } = findContainer(opened, name);
    if (isReached(state)) return state;
    await setTimeout(20);
  }
}

test('a running container goes by its new restart policy, and by the next one', async () => {
  const words = ['--network', 'none', '--name', 'again', 'localhost/shell', 'sleep', '1000'];
  expect(store.tsdocker('run', '-d', ...words).status).toBe(0);
  const end = async (isOver: (state: BundleState) => boolean) => {
    const state = await reach('again', ({ status }) => status === 'running');
    process.kill((state as { pid: number }).pid, 'SIGKILL');
    await reach('again', isOver);
  };
  expect(store.tsdocker('update', '--restart', 'on-failure:5', 'again').status).toBe(0);
  await end((state) => state.status === 'running' && state.restarts === 1);
  expect(store.tsdocker('update', '--restart', 'no', 'again').status).toBe(0);
  await end((state) => state.status === 'exited');
});

test('an update is an event', () => {
  store.tsdocker('update', '--pids-limit', '-1', 'ended');
  const until = String(Date.now() / 1000);
  const words = ['--since', '1h', '--until', until, '--filter', 'event=update', '--filter', 'container=ended'];
  expect(store.tsdocker('events', ...words).stdout).toMatch(/ container update [a-f0-9]{64} \(.*name=ended.*\)\n$/);
});

/** Files that every cgroup has. */
const depth = (value: string) => ({ name: 'depth', controller: 'cgroup', file: 'cgroup.max.depth', value });
const descendants = (value: string) => ({
  name: 'number',
  controller: 'cgroup',
  file: 'cgroup.max.descendants',
  value,
});

test('limits of a running container are all written, or none of them, and can be taken back', () => {
  const path = payloadPath(readHierarchy().path, web!.id);
  const read = () =>
    ['cgroup.max.depth', 'cgroup.max.descendants'].map((file) => readFileSync(join(path, file), 'utf8').trim());
  const undo = updateLimits(web!.id, [depth('5'), descendants('7')]);
  expect(read()).toEqual(['5', '7']);
  expect(() => updateLimits(web!.id, [depth('6'), descendants('-3')])).toThrow(
    /cannot set number: writing -3 to .* failed/,
  );
  expect(read()).toEqual(['5', '7']);
  expect(() => updateLimits(web!.id, [depth('6'), { ...depth('6'), file: 'cgroup.max.size' }])).toThrow(
    'this kernel has no cgroup.max.size',
  );
  expect(read()).toEqual(['5', '7']);
  undo();
  expect(read()).toEqual(['max', 'max']);
});

test('a container that does not run has no limits to write', () => {
  expect(() => updateLimits('f'.repeat(64), [depth('5')])()).not.toThrow();
});
