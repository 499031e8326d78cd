// tsdocker rename, port and container prune, held against what Docker (20.10) does with the same commands.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBackground } from '../support/background.ts';
import { addImage } from '../support/local-images.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeEach(() => {
  store = makeStore();
});
afterEach(() => store[Symbol.dispose]());

const image = 'localhost/busybox';

/** An ended container; its id. */
function ended(name: string, ...flags: string[]): string {
  const { status, stderr } = store.tsdocker('run', '--name', name, '--network', 'none', ...flags, image, 'true');
  expect([status, stderr]).toEqual([0, '']);
  return store.tsdocker('ps', '-a', '--no-trunc', '--format', '{{.Names}} {{.ID}}').stdout.match(`${name} (.*)`)![1]!;
}
const names = (): string[] =>
  store.tsdocker('ps', '-a', '--format', '{{.Names}}').stdout.split('\n').slice(0, -1).sort();
const events = (format: string): string =>
  store.tsdocker('events', '--since', '0', '--until', '0s', '--filter', 'event=rename', '--format', format).stdout;

test('a container gets another name, by which it is found then, and says nothing of it', () => {
  const id = ended('web');
  for (const [from, to] of [
    ['web', 'one'],
    [id.slice(0, 12), '/two'],
    [id, 'Three.3_x-'],
  ] as const)
    expect(store.tsdocker('rename', from, to)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(names()).toEqual(['Three.3_x-']);
  expect(store.tsdocker('container', 'rename', 'web', 'other').stderr).toContain('there is no container web');
  expect(store.tsdocker('rm', 'Three.3_x-').status).toBe(0);
});

test('a name is free for another container once it was given up', () => {
  ended('web');
  store.tsdocker('rename', 'web', 'old');
  ended('web');
  expect(names()).toEqual(['old', 'web']);
});

test('a name that is taken, or is none, is refused, and nothing changes', () => {
  ended('web');
  ended('other');
  for (const [name, message] of [
    ['other', /^tsdocker: the name other is taken by the container [0-9a-f]{12}\n/],
    ['web', /^tsdocker: the container already has the name web\n/],
    ['/web', /^tsdocker: the container already has the name web\n/],
    ['', /^tsdocker: the new name of the container is empty\n/],
    ['/', /^tsdocker: the new name of the container is empty\n/],
    ['x', /^tsdocker: "x" is not a container name\n/],
    ['.x', /^tsdocker: ".x" is not a container name\n/],
    ['a b', /^tsdocker: "a b" is not a container name\n/],
    ['a/b', /^tsdocker: "a\/b" is not a container name\n/],
    ['a\n', /^tsdocker: "a\\n" is not a container name\n/],
    ['ü1', /^tsdocker: "ü1" is not a container name\n/],
  ] as const) {
    const { status, stdout, stderr } = store.tsdocker('rename', 'web', name);
    expect([status, stdout, stderr]).toEqual([125, '', expect.stringMatching(message)]);
  }
  expect([names(), events('{{.ID}}')]).toEqual([['other', 'web'], '']);
});

test('a container that runs is renamed while it does, and its events have the new name', async () => {
  const running = await startBackground(store.root, image, ':', '--name', 'web', '--label', 'color=red');
  const attributes = join(store.root, 'container', running.id, 'event-attributes');
  writeFileSync(attributes, '"image":"localhost/busybox","name":"web","color":"red"');
  expect(store.tsdocker('rename', 'web', 'new').status).toBe(0);
  expect(JSON.parse(`{${readFileSync(attributes, 'utf8')}}`)).toEqual({ image, name: 'new', color: 'red' });
  expect(events('{{.ID}} {{.Actor.Attributes.oldName}} {{.Actor.Attributes.name}} {{.Actor.Attributes.color}}')).toBe(
    `${running.id} /web new red\n`,
  );
  expect(await running.end()).toBe(0);
  expect(names()).toEqual(['new']);
});

test('of many who want the same name at once, one gets it', async () => {
  const all = ['aa', 'bb', 'cc', 'dd'];
  for (const name of all) ended(name);
  const statuses = await Promise.all(
    all.map(async (name) => {
      const child = spawn(program, ['rename', name, 'wanted'], {
        env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
        stdio: 'ignore',
      });
      return (await once(child, 'close'))[0];
    }),
  );
  expect(statuses.sort()).toEqual([0, 125, 125, 125]);
  expect(names()).toHaveLength(4);
  expect(names()).toContain('wanted');
  expect(events('{{.Actor.Attributes.name}}')).toBe('wanted\n');
});

test('port lists nothing, and says so of a port', () => {
  ended('web');
  expect(store.tsdocker('port', 'web')).toEqual({ status: 0, stdout: '', stderr: '' });
  for (const [port, shown] of [
    ['80', '80/tcp'],
    ['53/udp', '53/udp'],
  ] as const) {
    const { status, stderr } = store.tsdocker('container', 'port', 'web', port);
    expect([status, stderr]).toEqual([125, `tsdocker: no public port ${shown} is published for web\n`]);
  }
  expect(store.tsdocker('port', 'none').stderr).toContain('there is no container none');
  for (const port of ['x', '70000', '80/icmp', '-1', ''])
    expect(store.tsdocker('port', 'web', '--', port).stderr).toContain(`${JSON.stringify(port)} is not a port`);
});

test('container prune removes what does not run, and says what and how much', async () => {
  const ids = [ended('one'), ended('two')];
  const running = await startBackground(store.root, image, ':', '--name', 'web');
  const { status, stdout, stderr } = store.tsdocker('container', 'prune', '-f');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Deleted Containers:\n(?:[0-9a-f]{64}\n){2}\nTotal reclaimed space: \d.*B\n$/);
  for (const id of ids) expect(stdout).toContain(id);
  expect(names()).toEqual(['web']);
  expect(store.tsdocker('container', 'prune', '-f').stdout).toBe('Total reclaimed space: 0B\n');
  await running.end();
});

test('container prune asks, and takes only yes for an answer', () => {
  ended('one');
  const question = 'WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ';
  expect(store.tsdockerWith({ input: 'n\n' }, 'container', 'prune').stdout).toBe(question);
  expect(names()).toEqual(['one']);
  expect(store.tsdockerWith({ input: 'y\n' }, 'container', 'prune').stdout).toMatch(/\[y\/N\] Deleted Containers:\n/);
  expect(names()).toEqual([]);
});

test('container prune and system prune take only what their filters say, by the labels of the image too', async () => {
  await addImage(store.root, 'localhost/labelled', { labels: { from: 'image' } });
  ended('red', '--label', 'color=red');
  ended('blue', '--label', 'color=blue');
  ended('plain');
  const prune = (...filters: string[]) =>
    store.tsdocker('container', 'prune', '-f', ...filters.flatMap((filter) => ['--filter', filter]));
  prune('until=1h');
  prune('label=color=green');
  prune('label=color', 'label=color=red', 'label!=color');
  expect(names()).toEqual(['blue', 'plain', 'red']);
  prune('label=color=red', 'label=color');
  expect(names()).toEqual(['blue', 'plain']);
  store.tsdocker('system', 'prune', '-f', '--filter', 'label!=color');
  expect(names()).toEqual(['blue']);
  for (const filter of ['color=red', 'until', 'until=', 'until=never', 'label'])
    expect(prune(filter)).toMatchObject({ status: 125, stdout: '' });
  expect(names()).toEqual(['blue']);
});
