// tsdocker rmi, held against what Docker's daemon (20.10) did with the same commands.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addImage } from '../support/local-images.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeEach(() => {
  store = makeStore();
});
afterEach(() => store[Symbol.dispose]());

const layers = () => readdirSync(join(store.root, 'layer'));
const blobs = () => readdirSync(join(store.root, 'image/blobs/sha256'));
const temporary = () => readdirSync(join(store.root, 'tmp'));
const index = () => JSON.parse(readFileSync(join(store.root, 'image/index.json'), 'utf8')).manifests;

test('the last name takes the image with it, its layers from the top, and all its files', async () => {
  const { id, chain } = await addImage(store.root, 'localhost/a');
  const deleted = [id, ...chain.toReversed()].map((each) => `Deleted: ${each}\n`).join('');
  expect(store.tsdocker('rmi', 'localhost/a')).toEqual({
    status: 0,
    stdout: `Untagged: localhost/a:latest\n${deleted}`,
    stderr: '',
  });
  expect([layers(), blobs(), temporary(), index()]).toEqual([[], [], [], []]);
});

test('a layer that another image has stays, and that image works on', async () => {
  const one = await addImage(store.root, 'localhost/a');
  await addImage(store.root, 'localhost/b');
  expect(store.tsdocker('rmi', one.short).stdout).toBe(
    `Untagged: localhost/a:latest\nDeleted: ${one.id}\nDeleted: ${one.chain[1]}\n`,
  );
  expect([layers().length, blobs().length]).toEqual([2, 4]);
});

test('one name of several goes alone, and by its id the image stays unless it is forced', async () => {
  const { id, short } = await addImage(store.root, 'localhost/a');
  for (const name of ['localhost/a:2', 'localhost/c']) store.tsdocker('tag', 'localhost/a', name);
  expect(store.tsdocker('rmi', 'localhost/a:2').stdout).toBe('Untagged: localhost/a:2\n');
  const refused = store.tsdocker('rmi', short);
  expect(refused).toMatchObject({ status: 125, stdout: '' });
  expect(refused.stderr).toBe(
    `tsdocker: the image ${short} has several names\n  hint: they are localhost/a:latest, localhost/c:latest; remove them one by one, or all with -f\n`,
  );
  const forced = store.tsdocker('rmi', '-f', short);
  expect(forced.stdout).toMatch(
    new RegExp(
      `^Untagged: localhost/a:latest\nUntagged: localhost/c:latest\nDeleted: ${id}\n(Deleted: sha256:\\w+\n){2}$`,
    ),
  );
});

test('several images go in one command, also beside one that is not there', async () => {
  await addImage(store.root, 'localhost/a');
  await addImage(store.root, 'localhost/b');
  const { status, stdout, stderr } = store.tsdocker('rmi', 'localhost/a', 'nothing', 'localhost/b', 'nobody');
  expect(status).toBe(125);
  expect(stdout.match(/^Untagged: .*$/gm)).toEqual(['Untagged: localhost/a:latest', 'Untagged: localhost/b:latest']);
  expect(stderr).toMatch(
    /^tsdocker: there is no image nothing in the store\ntsdocker: there is no image nobody in the/,
  );
  expect(layers()).toEqual([]);
});

test('-f does not mind an image that is not there', () => {
  expect(store.tsdocker('rmi', '-f', 'nothing')).toMatchObject({ status: 0, stdout: '' });
});

test('a stopped container keeps its image; by force it goes, and the container’s layers stay until it goes too', () => {
  store.tsdocker('run', '--name', 'user', '--network', 'none', 'localhost/busybox', 'true');
  const id = store.tsdocker('images', '-q', '--no-trunc').stdout.trim();
  for (const name of ['localhost/busybox', id]) {
    const refused = store.tsdocker('rmi', name);
    expect(refused).toMatchObject({ status: 125, stdout: '' });
    expect(refused.stderr).toMatch(
      /^tsdocker: cannot remove the .*: the stopped container user uses it\n {2}hint: .* -f/,
    );
  }
  expect(store.tsdocker('rmi', '-f', 'localhost/busybox').stdout).toBe(
    `Untagged: localhost/busybox:latest\nDeleted: ${id}\n`,
  );
  expect([layers().length, blobs()]).toEqual([1, []]);
  store.tsdocker('rm', 'user');
  expect(store.tsdocker('image', 'prune', '-f').stdout).toMatch(/^Deleted Images:\ndeleted: sha256:/);
  expect(layers()).toEqual([]);
});

test('a running container keeps its image even from force, its name it does not', async () => {
  store.sh('true');
  const id = store.tsdocker('images', '-q', '--no-trunc').stdout.trim();
  const client = spawn(program, ['run', '--name', 'busy', '--network', 'none', 'localhost/busybox', 'sleep', '1000'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: 'ignore',
  });
  while (store.tsdocker('ps', '-q').stdout === '') await setTimeout(25);
  const refused = store.tsdocker('rmi', '-f', id);
  expect(refused).toMatchObject({ status: 125, stdout: '' });
  expect(refused.stderr).toContain('the running container busy uses it');
  expect(store.tsdocker('rmi', '-f', 'localhost/busybox').stdout).toBe('Untagged: localhost/busybox:latest\n');
  expect(store.tsdocker('images', '--no-trunc', '-q').stdout).toBe(`${id}\n`);
  expect(layers()).toHaveLength(1);
  store.tsdocker('rm', '-f', 'busy');
  if (client.exitCode === null) await once(client, 'exit');
  expect(store.tsdocker('rmi', id).stdout).toMatch(new RegExp(`^Deleted: ${id}\nDeleted: sha256:`));
});

test('an image whose files are damaged can still be removed', async () => {
  const { id, short } = await addImage(store.root, 'localhost/a');
  rmSync(join(store.root, 'image/blobs/sha256', id.slice(7)));
  expect(store.tsdocker('rmi', short)).toMatchObject({ status: 0, stderr: '' });
  expect([layers(), blobs()]).toEqual([[], []]);
});

test.each([['nothing'], ['BAD'], [''], ['@'], [`sha256:${'0'.repeat(64)}`], ['../../etc']])(
  'rmi %j is refused in one line',
  (name) => {
    const { status, stdout, stderr } = store.tsdocker('rmi', name);
    expect([status, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(/^tsdocker: there is no image .*\n {2}hint: [^\n]*\n$/);
  },
);

test('an image that is removed at the moment a container is made of it: one of the two wins', async () => {
  for (let round = 0; round < 4; round++) {
    store.sh('true');
    const words = [
      ['run', '--name', `c${round}`, '--network', 'none', '--pull', 'never', 'localhost/busybox:latest', 'true'],
      ['rmi', 'localhost/busybox'],
    ];
    const [made, removed] = await Promise.all(
      words.map(async (each) => {
        const child = spawn(program, each, {
          env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
          stdio: 'ignore',
        });
        return (await once(child, 'exit'))[0];
      }),
    );
    expect([made, removed].sort()).toEqual([0, made === 0 && removed === 0 ? 0 : 125]);
    if (made === 0 && removed !== 0) expect(existsSync(join(store.root, 'layer', layers()[0]!))).toBe(true);
    store.tsdocker('rm', `c${round}`);
  }
});
