// tsdocker commit: an image of what a container changed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackground } from '../support/background.ts';
import { addBusybox } from '../support/busybox-image.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeAll(async () => {
  store = makeStore();
  await addBusybox(store.root, 'localhost/base', [
    { name: 'data/', type: 'directory', mode: 0o755 },
    { name: 'data/old', body: 'old' },
    { name: 'whole/', type: 'directory', mode: 0o755 },
    { name: 'whole/one', body: '1' },
  ]);
});
afterAll(() => store[Symbol.dispose]());

const run = (name: string, script: string, ...flags: string[]): void => {
  const words = ['--name', name, '--network', 'none', ...flags, 'localhost/base', 'sh', '-c', script];
  expect(store.tsdocker('run', ...words)).toMatchObject({ status: 0, stderr: '' });
};
const within = (image: string, script: string): string =>
  store.tsdocker('run', '--rm', '--network', 'none', image, 'sh', '-c', script).stdout;

interface Inspected {
  readonly Id: string;
  readonly Author: string;
  readonly Comment: string;
  readonly Config: Record<string, unknown>;
  readonly RootFS: { readonly Layers: readonly string[] };
}
const inspect = (image: string): Inspected => JSON.parse(store.tsdocker('image', 'inspect', image).stdout)[0];

test('the image has what the container left: files, modes, links, and nothing of what it removed', () => {
  run(
    'maker',
    `rm /data/old; rm -r /whole; mkdir /whole; echo 2 >/whole/two; mkdir /made; echo made >/made/file; chown 5:6 /made/file
     chmod 4750 /made/file; ln /made/file /made/hard; ln -s file /made/soft; mkfifo /made/pipe`,
  );
  const made = store.tsdocker('commit', 'maker', 'team/made:1');
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(made.stdout.trim()).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(inspect('team/made:1').Id).toBe(made.stdout.trim());
  expect(inspect('team/made:1').RootFS.Layers).toHaveLength(inspect('localhost/base').RootFS.Layers.length + 1);
  expect(within('team/made:1', 'ls /data /whole /made; stat -c "%a %u:%g %h" /made/file; cat /made/soft')).toBe(
    '/data:\n\n/made:\nfile\nhard\npipe\nsoft\n\n/whole:\ntwo\n4750 5:6 2\nmade\n',
  );
});

test('the layer holds nothing that the engine put into the container', () => {
  run('plain', 'true');
  expect(store.tsdocker('commit', 'plain', 'team/plain')).toMatchObject({ status: 0, stderr: '' });
  run('other', 'echo >/etc/mine');
  expect(store.tsdocker('commit', 'other', 'team/other')).toMatchObject({ status: 0, stderr: '' });
  for (const name of ['plain', 'other']) store.tsdocker('create', '--name', `of-${name}`, `team/${name}`);
  const list = (name: string): string[] => {
    const tar = join(store.root, `${name}.tar`);
    expect(store.tsdocker('export', '-o', tar, name).status).toBe(0);
    const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).split('\n');
    return names.filter((member) => /^etc\/./.test(member));
  };
  expect(list('of-plain')).toEqual([]);
  expect(list('of-other')).toEqual(['etc/mine']);
});

test('the config is how the container was run, with the changes; the history says who, what and why', () => {
  run('configured', 'true', '-e', 'A=1', '--label', 'of=run', '-w', '/data', '-u', '7');
  const words = ['-a', 'Jane <j@example.com>', '-m', 'a message', '-c', 'CMD ["cat", "x"]', '-c', 'ENV B=2'];
  const made = store.tsdocker('commit', ...words, 'configured', 'team/configured');
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(inspect('team/configured')).toMatchObject({
    Author: 'Jane <j@example.com>',
    Comment: 'a message',
    Config: { Cmd: ['cat', 'x'], WorkingDir: '/data', User: '7', Labels: { of: 'run' } },
  });
  expect([...(inspect('team/configured').Config.Env as string[])].sort()).toEqual(['A=1', 'B=2', 'PATH=/bin']);
  const history = store.tsdocker('history', '--no-trunc', '--format', '{{.CreatedBy}}|{{.Comment}}', 'team/configured');
  expect(history.stdout.split('\n')[0]).toBe('sh -c true|a message');
});

test('without a name there is an id, and a container of it runs', () => {
  run('nameless', 'echo here >/here');
  const id = store.tsdocker('container', 'commit', 'nameless').stdout.trim();
  expect(within(id, 'cat /here')).toBe('here\n');
});

test('an image of an image of a container is one of three', () => {
  run('first', 'echo 1 >/1');
  store.tsdocker('commit', 'first', 'team/first');
  store.tsdocker('run', '--name', 'second', '--network', 'none', 'team/first', 'sh', '-c', 'echo 2 >/2; rm /1');
  expect(store.tsdocker('commit', 'second', 'team/second')).toMatchObject({ status: 0, stderr: '' });
  expect(within('team/second', 'cat /2; ls /1 2>&1')).toBe('2\nls: /1: No such file or directory\n');
});

test.each(['--pause=true', '--pause=false'])('a running container goes on after a commit with %s', async (flag) => {
  const name = `running${flag.length}`;
  const running = await startBackground(store.root, 'localhost/base', 'echo now >/now', '--name', name);
  try {
    const id = store.tsdocker('commit', flag, name).stdout.trim();
    expect(within(id, 'cat /now')).toBe('now\n');
    expect(store.tsdocker('exec', name, 'cat', '/now').stdout).toBe('now\n');
  } finally {
    expect(await running.end()).toBe(0);
  }
  const told = readFileSync(join(store.root, 'events'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(running.id))
    .map((line) => JSON.parse(line).Action as string);
  expect(told.includes('pause')).toBe(flag === '--pause=true');
  expect(told).toContain('commit');
});

test('a container that was paused already stays so', async () => {
  const running = await startBackground(store.root, 'localhost/base', ':', '--name', 'frozen');
  try {
    store.tsdocker('pause', 'frozen');
    expect(store.tsdocker('commit', 'frozen')).toMatchObject({ status: 0, stderr: '' });
    expect(store.tsdocker('ps', '--format', '{{.State}}', '-f', 'name=frozen').stdout).toBe('paused\n');
  } finally {
    store.tsdocker('unpause', 'frozen');
    await running.end();
  }
});

test('a change that makes no sense leaves no image', () => {
  run('wrong', 'true');
  const before = store.tsdocker('images', '-aq').stdout;
  expect(store.tsdocker('commit', '-c', 'RUN x', 'wrong', 'team/wrong')).toMatchObject({ status: 125, stdout: '' });
  expect(store.tsdocker('commit', 'wrong', `team/wrong@sha256:${'0'.repeat(64)}`)).toMatchObject({ status: 125 });
  expect(store.tsdocker('images', '-aq').stdout).toBe(before);
});

test('a file whose name would be a whiteout of the layer is refused', () => {
  run('lying', 'echo >/data/.wh.old');
  expect(store.tsdocker('commit', 'lying', 'team/lying')).toMatchObject({
    status: 125,
    stderr: expect.stringContaining('"/data/.wh.old"'),
  });
});
