// The layer namespace: containers of one image have one mount of each layer, which nobody else sees and which ends with the last
// of them. What is mounted there is read through the descriptors that a shim holds: 8 is the namespace, 9 its root (native/shim.c).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LayerPlace } from '../../src/layer/place.ts';
import { type Background, startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { hostState } from '../support/host-state.ts';
import { testedDrivers } from '../support/layer-drivers.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let layers: readonly LayerPlace[];
let started: Background[];
beforeEach(async () => {
  store = makeStore();
  started = [];
  layers = await addBusybox(store.root, 'localhost/a', [{ name: 'a', body: 'of a' }]);
});
afterEach(async () => {
  await Promise.allSettled(started.map((each) => each.end()));
  store[Symbol.dispose]();
});

async function start(image = 'localhost/a', ...flags: string[]): Promise<Background> {
  const container = await startBackground(store.root, image, ':', '--rm', ...flags);
  started.push(container);
  return container;
}

interface Held {
  readonly namespace: string;
  /** The file system of each layer that is mounted, by the layer's name. */
  readonly layers: Readonly<Record<string, number>>;
}

function heldBy({ shim }: Pick<Background, 'shim'>): Held {
  const root = `/proc/${shim}/fd/9`;
  const empty = statSync(`${root}/.`).dev;
  const mounted = readdirSync(`${root}/layer`)
    .map((name): [string, number] => [name, statSync(`${root}/layer/${name}`).dev])
    .filter(([, device]) => device !== empty);
  return { namespace: readlinkSync(`/proc/${shim}/fd/8`), layers: Object.fromEntries(mounted) };
}

/** The processes of the machine that are in a mount namespace or hold it. */
function holdersOf(namespace: string): string[] {
  const links = (folder: string): string[] => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  };
  const leads = (link: string): boolean => {
    try {
      return readlinkSync(link) === namespace;
    } catch {
      return false;
    }
  };
  const processes = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  return processes.filter((pid) => [`/proc/${pid}/ns/mnt`, ...links(`/proc/${pid}/fd`)].some(leads));
}

async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo() && tries < 200; tries++) await setTimeout(25);
  expect(isSo()).toBe(true);
}

/** What the host sees of the store's and of its layers' mounts. */
const seenOnHost = (): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => [store.root, ...layers.map(({ name }) => name)].some((text) => line.includes(text)));

const names = (places: readonly LayerPlace[]): string[] => places.map(({ name }) => name).sort();

describe.skipIf(testedDrivers.length < 2)('on a kernel that mounts EROFS from files', () => {
  test('two containers of one image have one mount of each layer, and the host none', async () => {
    expect(seenOnHost()).toEqual([]);
    const [one, two] = [await start(), await start()];
    expect(Object.keys(heldBy(one).layers).sort()).toEqual(names(layers));
    expect(heldBy(two)).toEqual(heldBy(one));
    expect(new Set(Object.values(heldBy(one).layers)).size).toBe(layers.length);
    for (const { pid } of [one, two]) {
      expect(readFileSync(`/proc/${pid}/root/a`, 'utf8')).toBe('of a');
      const roots = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
      const overlay = roots.find((line) => line.includes(' - overlay '));
      for (const { name } of layers) expect(overlay).toContain(`/layer/${name}`);
    }
    expect(seenOnHost()).toEqual([]);
    await Promise.all([one.end(), two.end()]);
    expect(seenOnHost()).toEqual([]);
  });

  test('images that have a layer in common have one mount of it', async () => {
    const others = await addBusybox(store.root, 'localhost/b', [{ name: 'b', body: 'of b' }]);
    const one = await start('localhost/a');
    const before = heldBy(one);
    const two = await start('localhost/b');
    const after = heldBy(two);
    expect(heldBy(one)).toEqual(after);
    expect(after).toMatchObject(before);
    expect(Object.keys(after.layers).sort()).toEqual([...new Set([...names(layers), ...names(others)])].sort());
    expect(Object.keys(after.layers)).toHaveLength(3);
  });

  test('the namespace outlives the container that made it, and ends with the last', async () => {
    const first = await start();
    const held = heldBy(first);
    const second = await start();
    expect(await first.end()).toBe(0);
    const third = await start();
    expect(heldBy(third)).toEqual(held);
    expect(await second.end()).toBe(0);
    expect(readFileSync(`/proc/${third.pid}/root/a`, 'utf8')).toBe('of a');
    await eventually(() => holdersOf(held.namespace).join() === `${third.shim}`);
    expect(await third.end()).toBe(0);
    await eventually(() => holdersOf(held.namespace).length === 0);
    expect(store.tsdocker('run', '--rm', '--network', 'none', 'localhost/a', 'cat', '/a').stdout).toBe('of a');
  });

  test('containers that start at the same time have one namespace', async () => {
    const containers = await Promise.all(Array.from({ length: 20 }, () => start()));
    const held = containers.map(heldBy);
    expect(new Set(held.map(({ namespace }) => namespace)).size).toBe(1);
    for (const each of held) expect(each).toEqual(held[0]);
    expect(Object.keys(held[0]!.layers).sort()).toEqual(names(layers));
    expect(await Promise.all(containers.map((each) => each.end()))).toEqual(containers.map(() => 0));
    await eventually(() => holdersOf(held[0]!.namespace).length === 0);
  });

  test('a container whose shim was killed leaves the namespace to the others', async () => {
    const [one, two] = [await start(), await start()];
    const held = heldBy(one);
    process.kill(two.shim, 'SIGKILL'); // the newest, which is asked first
    await eventually(() => !holdersOf(held.namespace).includes(`${two.shim}`));
    expect(heldBy(await start())).toEqual(held);
  });

  test('a folder whose mount was never made is mounted by whoever comes next', async () => {
    const others = await addBusybox(store.root, 'localhost/b', [{ name: 'b', body: 'of b' }]);
    const one = await start('localhost/a');
    const own = others.find(({ name }) => !names(layers).includes(name))!;
    mkdirSync(`/proc/${one.shim}/fd/9/layer/${own.name}`); // as a helper does that is killed then
    const two = await start('localhost/b');
    expect(Object.keys(heldBy(two).layers)).toContain(own.name);
    expect(readFileSync(`/proc/${two.pid}/root/b`, 'utf8')).toBe('of b');
  });

  test('commands and helpers that are killed at any moment leave a namespace that works, and no process', async () => {
    const others = await addBusybox(store.root, 'localhost/b', [{ name: 'b', body: 'of b' }]);
    const keeper = await start('localhost/a');
    const { namespace } = heldBy(keeper);
    for (let round = 0; round < 16; round++) {
      const client = spawn(program, ['run', '--rm', '--network', 'none', 'localhost/b', 'true'], {
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
        stdio: 'ignore',
      });
      const ended = once(client, 'close');
      await setTimeout(40 + round * 6);
      // Every other time only what the command has started: it is a helper or the container.
      if (round % 2 === 0) client.kill('SIGKILL');
      else for (const pid of childrenOf(client.pid!)) killed(pid);
      await ended;
    }
    const last = await start('localhost/b');
    expect(heldBy(last).namespace).toBe(namespace);
    expect(Object.keys(heldBy(last).layers)).toEqual(expect.arrayContaining(names(others)));
    expect(readFileSync(`/proc/${last.pid}/root/b`, 'utf8')).toBe('of b');
    await Promise.all([keeper.end(), last.end()]);
    store.tsdocker('ps', '-a'); // sweeps up
    await eventually(() => holdersOf(namespace).length === 0);
    expect(hostState(store.root)).toMatchObject({ mounts: [], cgroups: [] });
  });

  test('a container in a user namespace has the layers of the others', async () => {
    const one = await start();
    const maps = ['--uidmap', '0:100000:65536', '--gidmap', '0:100000:65536'];
    const two = await start('localhost/a', ...maps);
    expect(heldBy(two)).toEqual(heldBy(one));
    expect(statSync(`/proc/${two.pid}/root/a`).uid).toBe(100_000);
    expect(statSync(`/proc/${one.pid}/root/a`).uid).toBe(0);
  });

  test('an image that a container runs from stays; without the container its disk space is free', async () => {
    const { root, blocks } = await onDiskOfItsOwn();
    try {
      const body = Buffer.alloc(16 * 2 ** 20, 'content that a hole cannot hold ');
      await addBusybox(root, 'localhost/large', [{ name: 'large', body }]);
      const container = await startBackground(root, 'localhost/large', ':', '--name', 'holder');
      const tsdocker = (...words: string[]) =>
        spawnSync(program, words, { env: { PATH: process.env.PATH, TSDOCKER_ROOT: root }, encoding: 'utf8' });
      const refused = tsdocker('rmi', 'localhost/large');
      expect(refused.status).toBe(125);
      expect(refused.stderr).toContain('the running container holder uses it');
      expect(readFileSync(`/proc/${container.pid}/root/large`).equals(body)).toBe(true);
      expect(await container.end()).toBe(0);
      expect(tsdocker('rm', 'holder').status).toBe(0);
      const before = blocks();
      expect(tsdocker('rmi', 'localhost/large').status).toBe(0);
      // Both the layer and the blob.
      await eventually(() => blocks() >= before + 32 * 2 ** 20);
    } finally {
      await freed(root);
    }
  });

  test('a layer that is removed is freed also while other containers keep the namespace', async () => {
    const { root, blocks } = await onDiskOfItsOwn();
    try {
      const body = Buffer.alloc(16 * 2 ** 20, 'content that a hole cannot hold ');
      const kept = await addBusybox(root, 'localhost/kept', [{ name: 'kept', body: 'kept' }]);
      const removed = await addBusybox(root, 'localhost/large', [{ name: 'large', body }]);
      const tsdocker = (...words: string[]) =>
        spawnSync(program, words, { env: { PATH: process.env.PATH, TSDOCKER_ROOT: root }, encoding: 'utf8' });
      const keeper = await startBackground(root, 'localhost/kept', ':', '--rm');
      const words = ['run', '--rm', '--network', 'none', 'localhost/large', 'sh', '-c', 'cat /large >/dev/null'];
      expect(tsdocker(...words)).toMatchObject({ status: 0, stderr: '' });
      expect(Object.keys(heldBy(keeper).layers)).toEqual(expect.arrayContaining(names(removed)));
      const before = blocks();
      expect(tsdocker('rmi', 'localhost/large')).toMatchObject({ status: 0, stderr: '' });
      expect(Object.keys(heldBy(keeper).layers).sort()).toEqual(names(kept));
      expect(readdirSync(`/proc/${keeper.shim}/fd/9/layer`).sort()).toEqual(names(kept));
      await eventually(() => blocks() >= before + 32 * 2 ** 20);
      // The layer that both images have is there as before, and the removed one comes back with its image.
      expect(readFileSync(`/proc/${keeper.pid}/root/bin/busybox`).byteLength).toBeGreaterThan(100_000);
      await addBusybox(root, 'localhost/large', [{ name: 'large', body }]);
      expect(tsdocker(...words)).toMatchObject({ status: 0, stderr: '' });
      expect(await keeper.end()).toBe(0);
    } finally {
      await freed(root);
    }
  });
});

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it has ended by itself
}

/** A folder for a store with a file system that nobody else writes to, and how many bytes are free there. */
async function onDiskOfItsOwn(): Promise<{ root: string; blocks: () => number }> {
  const root = mkdtempSync(join(tmpdir(), 'tsdocker-disk-'));
  execFileSync('truncate', ['-s', '256M', `${root}.image`]);
  execFileSync('mkfs.ext4', ['-q', `${root}.image`]);
  execFileSync('mount', ['-o', 'loop', `${root}.image`, root]);
  const blocks = (): number => {
    const { bfree, bsize } = statfsSync(root);
    return bfree * bsize;
  };
  return { root, blocks };
}

async function freed(root: string): Promise<void> {
  const environment = { PATH: process.env.PATH, TSDOCKER_ROOT: root };
  const { stdout } = spawnSync(program, ['ps', '-aq'], { env: environment, encoding: 'utf8' });
  for (const id of stdout.split('\n').filter(Boolean)) spawnSync(program, ['rm', '-f', id], { env: environment });
  for (let tries = 0; tries < 100 && spawnSync('umount', [root]).status !== 0; tries++) await setTimeout(50);
  rmSync(root, { recursive: true });
  rmSync(`${root}.image`);
}

// The kernel takes no upper directory on an overlay, so that a container there needs a volume for its store, as Docker in Docker
// does; all that makes no container works.
test('on an overlay layers are directories, images are looked into all the same, and a container is refused cleanly', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-overlay-'));
  try {
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(folder, name));
    expect(store.tsdocker('save', '-o', join(folder, 'a.tar'), 'localhost/a').status).toBe(0);
    const script = `
      mount -t overlay overlay -o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" "$0/merged"
      "$1" load -q -i "$0/a.tar" && "$1" image verify localhost/a && "$1" run --explain --network none localhost/a cat /a
      "$1" run --network none localhost/a cat /a; echo "status $?"; "$1" ps -a`;
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, folder, program], {
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: join(folder, 'merged/store') },
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/execve.+\/bin\/cat.+\n(.*\n)*status 125\nCONTAINER ID.*\n$/);
    expect(stderr).toMatch(/^tsdocker: cannot start \w+: .*upperdir.*\n( {2}hint: .*\n)?$/);
    const kinds = readdirSync(join(folder, 'upper/store/layer')).map((name) =>
      readdirSync(join(folder, 'upper/store/layer', name)),
    );
    expect(kinds).toEqual(layers.map(() => ['fs']));
    expect(readdirSync(join(folder, 'upper/store/container'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
