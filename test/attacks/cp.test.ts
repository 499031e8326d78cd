// tsdocker cp beside a container that means harm: whatever it does with its files while we copy, nothing outside of it is read,
// written or executed.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { rawTar } from '../support/raw-tar.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
/** Of the host: named as it would be reached by a path that left the container. */
let outside: string;
let work: string;
beforeAll(async () => {
  store = makeStore();
  outside = mkdtempSync(join(tmpdir(), 'tsdocker-outside-'));
  work = mkdtempSync(join(tmpdir(), 'tsdocker-work-'));
  writeFileSync(join(outside, 'secret'), 'of the host');
  await addBusybox(store.root, 'localhost/busybox');
  await addBusybox(store.root, 'localhost/links', [
    { name: 'up', type: 'symlink', linkname: '../../../../../../..' },
    { name: 'out', type: 'symlink', linkname: outside },
    { name: 'own', type: 'symlink', linkname: '/proc/1/root' },
  ]);
});
afterAll(() => {
  store[Symbol.dispose]();
  for (const folder of [outside, work]) rmSync(folder, { recursive: true, force: true });
});

const cp = (...words: string[]) => store.tsdocker('cp', ...words);

test('CVE-2018-15664: a container that swaps a directory for a link while we copy leads us nowhere outside of it', async () => {
  // ‘swap’ is by turns a directory, and a link to a folder that is the host's; the container has none of that name, or one of its own.
  const script = `mkdir -p ${outside} /real; echo of the container >${outside}/secret; cp ${outside}/secret /real
    while [ ! -e /stop ]; do mv /swap /real 2>/dev/null; ln -s ${outside} /swap; rm /swap; mv /real /swap; done 2>/dev/null & :`;
  const racing = await startBackground(store.root, 'localhost/busybox', script, '--name', 'racing');
  try {
    mkdirSync(join(work, 'tree'));
    writeFileSync(join(work, 'tree/planted'), 'planted');
    let copied = 0;
    for (let turn = 0; turn < 6; turn++) {
      cp(join(work, 'tree/planted'), 'racing:/swap/planted');
      cp(`${join(work, 'tree')}/.`, 'racing:/swap');
      rmSync(join(work, 'got'), { recursive: true, force: true });
      const { status } = cp('racing:/swap/secret', join(work, 'got'));
      if (status !== 0) continue;
      copied++;
      expect(readFileSync(join(work, 'got'), 'utf8')).toBe('of the container\n');
    }
    expect(copied).toBeGreaterThan(0);
  } finally {
    store.tsdocker('exec', 'racing', 'touch', '/stop');
    await racing.end();
  }
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('of the host');
});

test('CVE-2018-15664: links that lead up, out or through /proc lead to the container’s own files', async () => {
  writeFileSync(join(work, 'planted'), 'planted');
  const running = await startBackground(store.root, 'localhost/links', ':', '--name', 'leading');
  try {
    expect(store.tsdocker('create', '--name', 'lying', 'localhost/links').status).toBe(0);
    for (const name of ['leading', 'lying']) {
      for (const link of ['up', 'out', 'own', 'own/root']) {
        cp(join(work, 'planted'), `${name}:/${link}${outside}/planted`);
        cp(join(work, 'planted'), `${name}:/${link}/planted`);
        expect(cp(`${name}:/${link}${outside}/secret`, join(work, 'leaked')).status).toBe(125);
      }
    }
  } finally {
    await running.end();
  }
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(existsSync(join(work, 'leaked'))).toBe(false);
  expect(existsSync('/planted')).toBe(false);
});

test('CVE-2019-14271: nothing of the container is loaded or executed, not even where all its libraries are hostile', async () => {
  const mark = join(outside, 'executed');
  const script = `mkdir -p /lib /lib64 /usr/lib /tmp; for f in sh tar cp; do echo "#!/bin/busybox sh
echo >${mark}; echo >/executed" >/tmp/$f; chmod 755 /tmp/$f; done
    for f in /lib/libnss_files.so.2 /lib64/libnss_files.so.2 /lib/libc.so.6; do cp /tmp/sh $f; done; rm /bin/tar /bin/cp 2>/dev/null; mv /tmp/tar /bin; mv /tmp/cp /bin`;
  const hostile = await startBackground(store.root, 'localhost/busybox', script, '--name', 'libraries');
  try {
    expect(cp('libraries:/lib', join(work, 'lib')).status).toBe(0);
    expect(cp(join(work, 'lib'), 'libraries:/tmp').status).toBe(0);
    expect(existsSync(mark)).toBe(false);
    expect(cp('libraries:/executed', join(work, 'executed')).status).toBe(125);
  } finally {
    await hostile.end();
  }
});

test('what an archive from a container holds stays in the directory that it is copied to', () => {
  store.tsdocker(
    'run',
    '--name',
    'planter',
    '--network',
    'none',
    'localhost/busybox',
    'sh',
    '-c',
    'mkdir -p /d/inner; echo x >/d/inner/x',
  );
  const target = join(work, 'target');
  mkdirSync(join(target, 'd'), { recursive: true });
  symlinkSync(outside, join(target, 'd/inner'));
  expect(cp('planter:/d', target)).toMatchObject({ status: 125, stderr: expect.stringContaining('"d/inner"') });
  expect(readdirSync(outside)).toEqual(['secret']);
});

test('CVE-2022-24769’s family: a set-user-ID program of a container is not one of root on the host', () => {
  const script = 'echo x >/tool; chmod 6755 /tool';
  store.tsdocker('run', '--name', 'setuid', '--network', 'none', 'localhost/busybox', 'sh', '-c', script);
  expect(cp('setuid:/tool', join(work, 'tool')).status).toBe(0);
  expect(statSync(join(work, 'tool')).mode & 0o7777).toBe(0o755);
});

test.each([
  ['a name that leads up', rawTar({ name: '../../../../planted', body: 'x' })],
  ['a hard link to a file of the host', rawTar({ name: 'planted', type: '1', link: '../../../../../etc/passwd' })],
  [
    'a link, and a file behind it',
    rawTar({ name: 'link', type: '2', link: '../../../../../../../tmp' }, { name: 'link/planted', body: 'x' }),
  ],
])('an archive with %s leaves the host as it is', (_, tar) => {
  const name = `archive${tar.byteLength}${tar[0]}`;
  store.tsdocker('create', '--name', name, 'localhost/busybox');
  store.tsdockerWith({ input: tar }, 'cp', '-', `${name}:/tmp`);
  expect(['/planted', '/tmp/planted', join(store.root, 'planted')].filter((path) => existsSync(path))).toEqual([]);
  expect(lstatSync('/etc/passwd').nlink).toBe(1);
});

test('a name with control characters moves no cursor', () => {
  store.tsdocker(
    'run',
    '--name',
    'cursor',
    '--network',
    'none',
    'localhost/busybox',
    'sh',
    '-c',
    'echo >"/$(printf "a\\033[2Jb")"',
  );
  const { stdout } = spawnSync(program, ['diff', 'cursor'], {
    env: { ...process.env, TSDOCKER_ROOT: store.root },
    encoding: 'utf8',
  });
  expect(stdout).toBe('A /a [2Jb\n');
});
