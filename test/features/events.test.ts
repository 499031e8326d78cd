// tsdocker events: what images and containers go through, as Docker tells it, to any number of readers while many write.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordEvent } from '../../src/store/events.ts';
import { readEvents } from '../../src/store/read-events.ts';
import { makeOciLayout, makeTar, pushLayout } from '../support/image-fixture.ts';
import { addImage } from '../support/local-images.ts';
import { startRegistry } from '../support/registry-server.ts';
import { makeStore, program, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
beforeEach(() => {
  store = makeStore();
});
afterEach(() => store[Symbol.dispose]());

/** What was recorded so far. */
const events = (...words: string[]) => store.tsdocker('events', '--since', '1970-01-01', '--until', '0s', ...words);
const brief = (...words: string[]): string[] =>
  events('--format', '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}', ...words)
    .stdout.split('\n')
    .slice(0, -1);

const container = (action: string, id: string, attributes: Record<string, string>): void =>
  recordEvent(store, { type: 'container', action, id, attributes });

test('an image tells of its names, its archives and its end', async () => {
  const { id } = await addImage(store.root, 'localhost/a', { labels: { color: 'red' } });
  store.tsdocker('tag', 'localhost/a', 'localhost/b:2');
  const archive = store.tsdockerWith({ input: '' }, 'save', '-o', join(store.root, 'a.tar'), 'localhost/a').status;
  store.tsdocker('rmi', 'localhost/b:2');
  store.tsdocker('rmi', 'localhost/a');
  store.tsdocker('load', '-i', join(store.root, 'a.tar'));
  expect(archive).toBe(0);
  expect(brief()).toEqual([
    `image tag ${id} localhost/b:2`,
    `image save ${id} ${id}`,
    `image untag ${id} ${id}`,
    `image untag ${id} ${id}`,
    `image delete ${id} ${id}`,
    `image load ${id} ${id}`,
  ]);
  expect(brief('--filter', 'label=color=red', '--filter', 'event=tag')).toEqual([`image tag ${id} localhost/b:2`]);
});

test('a container tells its whole life, with its labels and its image’s, in the order in which Docker does', async () => {
  const words = ['--name', 'web', '--network', 'none', '--label', 'color=red', '--label', 'exitCode=0'];
  const endless = 'trap "exit 3" TERM; while :; do sleep 0.1; done';
  const id = store.tsdocker('run', '-d', ...words, 'localhost/busybox', 'sh', '-c', endless).stdout.trim();
  for (const verb of [
    ['exec', 'web', 'true'],
    ['pause', 'web'],
    ['unpause', 'web'],
    ['kill', '-s', 'WINCH', 'web'],
    ['rename', 'web', 'new'],
    ['stop', 'new'],
    ['rm', 'new'],
  ])
    expect([verb, store.tsdocker(...verb).status]).toEqual([verb, 0]);
  const format = '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.image}} {{.Actor.Attributes.color}}';
  const told = events('--filter', `container=${id}`, '--format', format).stdout.split('\n').slice(0, -1);
  const rest = 'localhost/busybox red';
  expect(told.filter((line) => !/^(?:kill|exec_die)/.test(line))).toEqual([
    ...['create', 'start', 'exec_create: true', 'exec_start: true', 'pause', 'unpause'].map(
      (what) => `${what} web ${rest}`,
    ),
    ...['rename', 'die', 'stop', 'destroy'].map((what) => `${what} new ${rest}`),
  ]);
  // Who sends a signal says so after it, and the shim may be faster.
  expect(told.filter((line) => line.startsWith('kill'))).toEqual([`kill web ${rest}`, `kill new ${rest}`]);
  const exits = events('--filter', 'event=die', '--format', '{{.Actor.Attributes.exitCode}}').stdout;
  expect(exits).toBe('3\n');
});

test('a container that removes itself tells its end too', () => {
  store.tsdocker('run', '--rm', '--name', 'brief', '--network', 'none', 'localhost/busybox', 'false');
  const told = events('--format', '{{.Action}} {{.Actor.Attributes.exitCode}}', '-f', 'container=brief');
  for (const line of ['create <no value>', 'start <no value>', 'die 1', 'destroy <no value>']) {
    expect(told.stdout).toContain(`${line}\n`);
  }
});

test('a failed command tells nothing', async () => {
  store.tsdocker('tag', 'localhost/none', 'localhost/b');
  store.tsdocker('rmi', 'localhost/none');
  store.tsdocker('load', '-i', '/etc/passwd');
  store.tsdocker('rename', 'none', 'other');
  expect(brief()).toEqual([]);
});

test('an import and the prunes tell what they made and what they freed', async () => {
  const tar = await makeTar([{ name: 'file', body: 'x' }]);
  const id = store.tsdockerWith({ input: Buffer.from(tar) }, 'import', '-').stdout.trim();
  store.tsdocker('image', 'prune', '-f');
  store.tsdocker('container', 'prune', '-f');
  expect(events('--format', '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes.reclaimed}}').stdout).toMatch(
    new RegExp(
      `^image import ${id} <no value>\nimage delete ${id} <no value>\nimage prune  \\d+\ncontainer prune  0\n$`,
    ),
  );
});

test('a pull and a push tell of the name, not of the image', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-events-'));
  const registry = await startRegistry();
  try {
    const name = `${registry.host}/team/app:1.0`;
    await pushLayout(await makeOciLayout(folder, { layers: [[{ name: 'a', body: 'a' }]] }), name);
    expect(store.tsdocker('pull', '-q', name).status).toBe(0);
    expect(store.tsdocker('push', name).status).toBe(0);
    const repository = `${registry.host}/team/app`;
    expect(brief()).toEqual([`image pull ${name} ${repository}`, `image push ${name} ${repository}`]);
    expect(brief('--filter', `image=${repository}`, '--filter', 'event=pull')).toHaveLength(1);
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true });
  }
});

test('a line is as Docker writes it, and its JSON too', () => {
  recordEvent(store, {
    type: 'container',
    action: 'die',
    id: 'abc',
    attributes: { name: 'web', exitCode: '3', image: 'busybox', 'bad\u001b[2J': 'x' },
    time: 1_795_259_106_123_456_789n,
  });
  const attributes = '(bad [2J=x, exitCode=3, image=busybox, name=web)';
  expect(store.tsdockerWith({ env: { TZ: 'UTC' } }, 'events', '--since', '0', '--until', '0s').stdout).toBe(
    `2026-11-21T11:05:06.123456789Z container die abc ${attributes}\n`,
  );
  expect(
    store.tsdockerWith({ env: { TZ: 'America/St_Johns' } }, 'events', '--since', '0', '--until', '0s').stdout,
  ).toBe(`2026-11-21T07:35:06.123456789-03:30 container die abc ${attributes}\n`);
  const json =
    '{"status":"die","id":"abc","from":"busybox","Type":"container","Action":"die","Actor":{"ID":"abc","Attributes":' +
    '{"bad\\u001b[2J":"x","exitCode":"3","image":"busybox","name":"web"}},"scope":"local","time":1795259106,"timeNano":1795259106123456789}\n';
  expect(events('--format', 'json').stdout).toBe(json);
  expect(events('--format', '{{json .}}').stdout).toBe(json);
  expect(events('--format', '{{.TimeNano}} {{.ID}} {{.From}} {{.Status}}').stdout).toBe(
    '1795259106123456789 abc busybox die\n',
  );
});

test('filters choose by what they name: any of one name, all labels', () => {
  container('create', 'aaa111', { name: 'web', image: 'nginx:1', tier: 'front', team: 'x' });
  container('die', 'aaa111', { name: 'web', image: 'nginx:1', tier: 'front', team: 'x' });
  container('exec_create: sh -c true', 'bbb222', { name: 'webber', image: 'localhost/busybox', tier: 'back' });
  recordEvent(store, { type: 'image', action: 'pull', id: 'nginx:1', attributes: { name: 'nginx' } });
  const chosen = (...filters: string[]) =>
    events('--format', '{{.Action}}', ...filters.flatMap((filter) => ['-f', filter]))
      .stdout.replaceAll('\n', ' ')
      .trim();
  expect(chosen('type=image')).toBe('pull');
  expect(chosen('type=image', 'type=container')).toBe('create die exec_create: sh -c true pull');
  expect(chosen('event=die', 'event=create')).toBe('create die');
  expect(chosen('event=exec_create')).toBe('exec_create: sh -c true');
  expect(chosen('event=di')).toBe('');
  expect(chosen('container=aaa')).toBe('create die');
  expect(chosen('container=webber')).toBe('exec_create: sh -c true');
  expect(chosen('container=/web')).toBe('create die exec_create: sh -c true');
  expect(chosen('image=nginx')).toBe('create die pull');
  expect(chosen('image=nginx:1', 'type=container')).toBe('create die');
  expect(chosen('image=localhost/busybox')).toBe('exec_create: sh -c true');
  expect(chosen('label=tier')).toBe('create die exec_create: sh -c true');
  expect(chosen('label=tier=front', 'label=team=x')).toBe('create die');
  expect(chosen('label=tier=front', 'label=team=y')).toBe('');
});

test.each([
  [['--filter', 'color=red'], /the filter "color=red" is not known/],
  [['--filter', 'type'], /the filter "type" has no value/],
  [['--since', 'yesterday'], /"yesterday" is not a time/],
  [['--since', '1h', '--until', '2h'], /since a time that is after/],
  [['--format', '{{.Nope'], /the template of --format fails at 1:1/],
])('%j is refused at once', (words, message) => {
  const { status, stdout, stderr } = store.tsdocker('events', ...words);
  expect([status, stdout, stderr]).toEqual([125, '', expect.stringMatching(message)]);
});

/** `tsdocker events` in the background, once it reads. */
async function listen(...words: string[]) {
  store.tsdocker('ps'); // there is a store
  const child = spawn(program, ['events', '--format', '{{.Action}}', ...words], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const reader = { child, output: '', complaint: '', closed: once(child, 'close') };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    reader.output += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    reader.complaint += text;
  });
  while (!reader.output.includes('knock')) {
    if (child.exitCode !== null) throw new Error(reader.complaint);
    container('knock', 'x', {});
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return reader;
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('events come as they happen, without what was before, until Ctrl-C', async () => {
  container('before', 'x', {});
  const reader = await listen('--filter', 'type=container', '--filter', 'type=image');
  const { id } = await addImage(store.root, 'localhost/a');
  store.tsdocker('tag', id, 'localhost/b');
  await until(() => reader.output.includes('tag\n'));
  reader.child.kill('SIGINT');
  expect(await reader.closed).toEqual([130, null]);
  expect(reader.output).toMatch(/^(knock\n)+tag\n$/);
  expect(reader.complaint).toBe('');
});

test('a reader that has gone ends it at the next event', async () => {
  const reader = await listen();
  reader.child.stdout!.destroy();
  const end = reader.closed;
  let isOver = false;
  end.then(() => {
    isOver = true;
  });
  while (!isOver) {
    container('start', 'x', {});
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await end).toEqual([0, null]);
  expect(reader.complaint).toBe('');
});

test('until is waited for', () => {
  container('start', 'x', {});
  const moment = String((Date.now() + 1500) / 1000);
  const { stdout } = store.tsdocker('events', '--since', '1h', '--until', moment, '--format', '{{.Action}}');
  expect([stdout, Date.now() / 1000 > Number(moment)]).toEqual(['start\n', true]);
});

test('of many writers at once every event is read once, while files are put aside', async () => {
  const [writers, count] = [4, 150];
  const script = join(store.root, 'write.ts');
  writeFileSync(
    script,
    `import { recordEvent } from '${join(import.meta.dirname, '../../src/store/events.ts')}';
const [root, id] = process.argv.slice(2);
for (let i = 0; i < ${count}; i++)
  recordEvent({ root }, { type: 'container', action: String(i), id, attributes: { filler: 'x'.repeat(20_000) } });\n`,
  );
  const seen = new Map<string, number[]>();
  const reading = async () => {
    let total = 0;
    for await (const { id, action } of readEvents(store, { since: 0, follow: true })) {
      seen.set(id, [...(seen.get(id) ?? []), Number(action)]);
      if (++total === writers * count) return;
    }
  };
  const run = promisify(execFile);
  const ids = Array.from({ length: writers }, (_, index) => `writer${index}`);
  await Promise.all([reading(), ...ids.map((id) => run(process.execPath, [script, store.root, id]))]);
  const whole = Array.from({ length: count }, (_, index) => index);
  for (const id of ids) expect(seen.get(id)?.sort((a, b) => a - b)).toEqual(whole);
  expect(statSync(join(store.root, 'events.1')).size).toBeGreaterThan(4 * 2 ** 20);
});

test('the file of events is root’s alone', () => {
  container('start', 'x', {});
  expect(statSync(join(store.root, 'events')).mode & 0o777).toBe(0o600);
});
