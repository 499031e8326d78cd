// tsdocker diff: what a container changed, in the words of Docker's.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(async () => {
  store = makeStore();
  await addBusybox(store.root, 'localhost/tree', [
    { name: 'data/', type: 'directory', mode: 0o755 },
    { name: 'data/kept', body: 'kept' },
    { name: 'data/old', body: 'old' },
    { name: 'data/deep/', type: 'directory', mode: 0o755 },
    { name: 'data/deep/file', body: 'deep' },
    { name: 'whole/', type: 'directory', mode: 0o755 },
    { name: 'whole/one', body: '1' },
    { name: 'whole/two', body: '2' },
  ]);
});
afterAll(() => store[Symbol.dispose]());

const run = (name: string, script: string): void => {
  const words = ['--name', name, '--network', 'none', 'localhost/tree', 'sh', '-c', script];
  expect(store.tsdocker('run', ...words)).toMatchObject({ status: 0, stderr: '' });
};
const diff = (name: string): string[] => store.tsdocker('diff', name).stdout.split('\n').slice(0, -1);

test('a container that changed nothing has no changes, whatever was mounted in it', () => {
  run('quiet', 'true');
  expect(store.tsdocker('container', 'diff', 'quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('added, changed and deleted files stand beneath the directories that they lie in', () => {
  run('busy', 'echo >>/data/deep/file; rm /data/old; mkdir /data/new; echo >/data/new/x; ln -s x /top; chmod 700 /tmp');
  expect(diff('busy')).toEqual([
    'C /data',
    'C /data/deep',
    'C /data/deep/file',
    'A /data/new',
    'A /data/new/x',
    'D /data/old',
    'C /tmp',
    'A /top',
  ]);
});

test('a directory that was made anew has lost what it held', () => {
  run('anew', 'rm -r /whole; mkdir /whole; echo 3 >/whole/three; echo 2 >/whole/two');
  expect(diff('anew')).toEqual(['C /whole', 'D /whole/one', 'A /whole/three', 'C /whole/two']);
});

test('a directory that is gone is told of by one line', () => {
  run('gone', 'rm -r /whole');
  expect(diff('gone')).toEqual(['D /whole']);
});

test('a file of /etc is told of, and the files that the engine mounts there are not', () => {
  run('settings', 'echo >/etc/settings');
  expect(diff('settings')).toEqual(['C /etc', 'A /etc/settings']);
});

test('the changes of a running container are those so far', async () => {
  const running = await startBackground(store.root, 'localhost/tree', 'rm /data/kept', '--name', 'running');
  try {
    expect(diff('running')).toEqual(['C /data', 'D /data/kept']);
  } finally {
    await running.end();
  }
});

test('a container that is not there is named', () => {
  expect(store.tsdocker('diff', 'nobody')).toMatchObject({
    status: 125,
    stderr: expect.stringContaining('there is no container nobody'),
  });
});
