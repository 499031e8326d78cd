// tsdocker info and version, in Docker's layout and under the names of its templates.
import { hostname, release } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHierarchy } from '../../src/cgroup/hierarchy.ts';
import { startBackground } from '../support/background.ts';
import { addImage } from '../support/local-images.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeEach(() => {
  store = makeStore();
});
afterEach(() => store[Symbol.dispose]());

const info = (format: string): string => store.tsdocker('info', '--format', format).stdout.trim();

test('info counts containers and images', async () => {
  expect(info('{{.Containers}} {{.Images}}')).toBe('0 0');
  await addImage(store.root, 'localhost/a');
  store.tsdocker('tag', 'localhost/a', 'localhost/b');
  store.tsdocker('run', '--network', 'none', 'localhost/busybox', 'true');
  const running = await startBackground(store.root, 'localhost/busybox');
  expect(info('{{.Containers}} {{.ContainersRunning}} {{.ContainersPaused}} {{.ContainersStopped}} {{.Images}}')).toBe(
    '2 1 0 1 2',
  );
  await running.end();
  expect(info('{{.ContainersRunning}} {{.ContainersStopped}}')).toBe('0 2');
});

test('info says what this host is', () => {
  expect(info('{{.Name}} {{.KernelVersion}} {{.OSType}} {{.CgroupVersion}} {{.DockerRootDir}}')).toBe(
    `${hostname()} ${release()} linux 2 ${store.root}`,
  );
  expect(info('{{.Driver}}')).toMatch(/^(erofs|directory)$/);
  expect(Number(info('{{.MemTotal}}'))).toBeGreaterThan(2 ** 20);
  expect(Number(info('{{.NCPU}}'))).toBeGreaterThan(0);
  expect(JSON.parse(info('json')).ServerVersion).toBe(info('{{.ServerVersion}}'));
  expect(store.tsdocker('system', 'info', '-f', '{{.Nope}}').status).toBe(125);
});

test('info warns of limits that this host cannot enforce', () => {
  const { controllers } = readHierarchy();
  const { status, stdout, stderr } = store.tsdocker('info');
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^Client:\n.*\nServer:\n Containers: 0\n {2}Running: 0\n/s),
  ]);
  expect(stderr.includes('WARNING: No memory limit support\n')).toBe(!controllers.has('memory'));
  expect(stderr.includes('WARNING: No pids limit support\n')).toBe(!controllers.has('pids'));
  expect(info('{{.MemoryLimit}} {{.PidsLimit}}')).toBe(`${controllers.has('memory')} ${controllers.has('pids')}`);
});

test('version is in Docker’s layout, and --version one line', () => {
  const version = store.tsdocker('version', '--format', '{{.Client.Version}}').stdout.trim();
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(store.tsdocker('--version').stdout).toBe(`tsdocker version ${version}\n`);
  expect(store.tsdocker('-v').stdout).toBe(`tsdocker version ${version}\n`);
  expect(store.tsdocker('version').stdout).toMatch(
    /^Client: tsdocker\n Version: {11}\S+\n.* OS\/Arch: {11}linux\/\w+\n.*\nServer: tsdocker\n Engine:\n {2}Version: {10}\S+\n/s,
  );
  const { Server } = JSON.parse(store.tsdocker('version', '--format', 'json').stdout);
  expect(Server).toMatchObject({ Version: version, KernelVersion: release(), Components: [{ Name: 'Engine' }] });
});
