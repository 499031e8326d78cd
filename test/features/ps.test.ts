// tsdocker ps: which containers are listed, and what is said of them.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Background, startBackground } from '../support/background.ts';
import { addImage, type LocalImage } from '../support/local-images.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let third: Background;
let other: LocalImage;

const run = (name: string, script: string, ...flags: string[]) =>
  store.tsdocker('run', '--network', 'none', '--name', name, ...flags, 'localhost/busybox', 'sh', '-c', script);

beforeAll(async () => {
  store = makeStore();
  expect(run('first', 'echo hello >/file; exit 3', '-l', 'tier=web', '-l', 'size=one').status).toBe(3);
  expect(run('second', 'true', '-l', 'tier=web', '-v', '/data', '-v', '/usr:/seen:ro').status).toBe(0);
  third = await startBackground(store.root, 'localhost/busybox', ':', '--name', 'third');
  other = await addImage(store.root, 'localhost/other', { labels: { owner: 'image' } });
});
afterAll(async () => {
  await third.end();
  store[Symbol.dispose]();
});

const names = (...flags: string[]): string[] => {
  const { status, stdout, stderr } = store.tsdocker('ps', ...flags, '--format', '{{.Names}}');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
};
const fieldsOf = (name: string, ...flags: string[]) =>
  JSON.parse(store.tsdocker('ps', '-a', ...flags, '--filter', `name=^${name}$`, '--format', 'json').stdout);

test('the table has Docker’s columns, none of them narrow', () => {
  const [heading, ...rows] = store.tsdocker('ps', '-a').stdout.trimEnd().split('\n');
  expect(heading).toMatch(/^CONTAINER ID {3}IMAGE {15}COMMAND {18}CREATED +STATUS +PORTS {5}NAMES$/);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatch(/^[0-9a-f]{12} {3}localhost\/busybox {3}"sh -c ':; echo read…" {3}/);
  expect(rows[0]).toMatch(/ ago {3,}Up (Less than a second|1 second|\d+ seconds) +third$/);
  expect(rows[2]).toMatch(/ "sh -c 'echo hello >…" {3}.* ago {3,}Exited \(3\) .* ago {3,} +first$/);
  expect(rows[0]!.indexOf('third')).toBe(heading!.indexOf('NAMES'));
});

test('without -a only what runs is listed', () => {
  expect(names()).toEqual(['third']);
  expect(store.tsdocker('ps', '-q', '--no-trunc').stdout).toBe(`${third.id}\n`);
  expect(store.tsdocker('ps', '-q').stdout).toBe(`${third.id.slice(0, 12)}\n`);
});

test('the newest are listed in any state, the newest first', () => {
  expect(names('-a')).toEqual(['third', 'second', 'first']);
  expect(names('-n', '2')).toEqual(['third', 'second']);
  expect(names('-n', '1', '--filter', 'label=tier')).toEqual(['second']);
  expect(names('-l')).toEqual(['third']);
  expect(names('--last=-1')).toEqual(['third']);
  expect(names('-n', '0')).toEqual(['third']);
});

describe('filters', () => {
  test.each([
    [['name=ir'], ['third', 'first']],
    [['name=^/third$'], ['third']],
    [['name=('], []],
    [
      ['name=first', 'name=second'],
      ['second', 'first'],
    ],
    [['label=tier'], ['second', 'first']],
    [['label=tier=web', 'label=size=one'], ['first']],
    [['label=tier=db'], []],
    [['exited=3'], ['first']],
    [
      ['exited=0', 'exited=3'],
      ['second', 'first'],
    ],
    [['status=exited'], ['second', 'first']],
    [['status=running'], ['third']],
    [['status=exited', 'name=second'], ['second']],
    [['status=removing'], []],
    [['health=none'], ['third', 'second', 'first']],
    [['health=healthy'], []],
    [['ancestor=localhost/busybox'], ['third', 'second', 'first']],
    [['ancestor=localhost/other'], []],
    [['ancestor=never/there'], []],
    [['before=second'], ['first']],
    [['since=first'], ['third', 'second']],
    [['volume=/data'], ['second']],
    [['volume=/seen/'], ['second']],
    [['volume=/nowhere'], []],
    [['network=none'], ['third', 'second', 'first']],
    [['network=host'], []],
    [['publish=80'], []],
    [['expose=80-90/udp'], []],
    [['is-task=false', 'NAME = second'], ['second']],
    [['is-task=true'], []],
  ])('%j', (filters, expected) => {
    expect(names('-a', ...filters.flatMap((filter) => ['--filter', filter]))).toEqual(expected);
  });

  test('an id by its beginning, and an image by its id', () => {
    expect(names('-a', '-f', `id=${third.id.slice(0, 12)}`)).toEqual(['third']);
    const image = store.tsdocker('inspect', '-f', '{{.Image}}', 'first').stdout.trim();
    expect(names('-a', '-f', `ancestor=${image}`)).toEqual(['third', 'second', 'first']);
    expect(names('-a', '-f', `before=${third.id.slice(0, 20)}`)).toEqual(['second', 'first']);
  });

  test('of a status, those that do not run are listed without -a', () => {
    expect(names('-f', 'status=exited')).toEqual(['second', 'first']);
    expect(names('-f', 'exited=3')).toEqual([]);
  });

  test.each([
    ['colour=red', /^tsdocker: the filter "colour=red" is not known\n {2}hint: there are id, name, label, /],
    ['name', /^tsdocker: the filter "name" has no value\n/],
    ['status=up', /^tsdocker: the filter status does not take "up"\n {2}hint: it is one of created, /],
    ['exited=soon', /^tsdocker: the filter exited does not take "soon"\n/],
    ['health=ill', /^tsdocker: the filter health does not take "ill"\n/],
    ['is-task=perhaps', /^tsdocker: the filter is-task does not take "perhaps"\n/],
    ['publish=http', /^tsdocker: the filter publish does not take "http"\n/],
    ['expose=http', /^tsdocker: the filter expose does not take "http"\n/],
    ['before=nobody', /^tsdocker: there is no container nobody\n/],
  ])('%s is refused in one line', (filter, message) => {
    const ended = store.tsdocker('ps', '--filter', filter);
    expect(ended).toMatchObject({ status: 125, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });
});

test('a template can name every field of Docker’s', () => {
  expect(Object.keys(fieldsOf('second'))).toEqual([
    'Command',
    'CreatedAt',
    'ID',
    'Image',
    'Labels',
    'LocalVolumes',
    'Mounts',
    'Names',
    'Networks',
    'Ports',
    'RunningFor',
    'Size',
    'State',
    'Status',
  ]);
  expect(fieldsOf('second', '--no-trunc')).toMatchObject({
    Command: '"sh -c true"',
    Labels: 'tier=web',
    LocalVolumes: '1',
    Mounts: expect.stringMatching(/^[^,]+\/upper\/data,\/usr$/),
    Networks: 'none',
    Ports: '',
    State: 'exited',
  });
  expect(fieldsOf('first')).toMatchObject({ Labels: 'size=one,tier=web', LocalVolumes: '0', Mounts: '' });
});

test('a label is a column of its own', () => {
  const { stdout } = store.tsdocker(
    'ps',
    '-a',
    '--format',
    'table {{.Names}}\\t{{.Label "com.example.tier"}}|{{.Label "tier"}}',
  );
  expect(stdout).toBe('NAMES     tier|tier\nthird     |\nsecond    |web\nfirst     |web\n');
});

test('sizes are what was written, and that with the image’s', () => {
  expect(fieldsOf('first').Size).toMatch(/^6B \(virtual \d+(\.\d+)?MB\)$/);
  expect(store.tsdocker('ps', '-a', '-s').stdout).toMatch(/ NAMES {5}SIZE\n.*\n.*\n.* first {5}6B \(virtual \S+B\)\n$/);
});

test('raw is Docker’s, and -q leaves the id', () => {
  const { stdout } = store.tsdocker('ps', '--format', 'raw');
  expect(stdout).toMatch(
    /^container_id: [0-9a-f]{12}\nimage: localhost\/busybox\ncommand: ".*"\ncreated_at: .*\nstate: running\n/,
  );
  expect(store.tsdocker('ps', '-q', '--format', 'raw').stdout).toBe(`container_id: ${third.id.slice(0, 12)}\n`);
});

test('an image whose name now stands for another is shown by its id', () => {
  expect(store.tsdocker('tag', 'localhost/busybox', 'localhost/moved').status).toBe(0);
  expect(store.tsdocker('run', '--network', 'none', '--name', 'fourth', 'localhost/moved', 'true').status).toBe(0);
  expect(fieldsOf('fourth').Image).toBe('localhost/moved');
  store.tsdocker('tag', 'localhost/other', 'localhost/moved');
  const id = store.tsdocker('inspect', '-f', '{{.Image}}', 'fourth').stdout.trim();
  expect(id).not.toBe(other.id);
  expect(fieldsOf('fourth').Image).toBe(id.slice('sha256:'.length, 'sha256:'.length + 12));
  expect(fieldsOf('fourth', '--no-trunc').Image).toBe(id);
  expect(store.tsdocker('rm', 'fourth').status).toBe(0);
});

describe('a container that is kept going', () => {
  const start = (name: string, ...words: string[]) => {
    const ended = store.tsdocker('run', '-d', '--network', 'none', '--name', name, ...words);
    expect(ended).toMatchObject({ status: 0, stderr: '' });
  };
  const until = async (name: string, status: RegExp) => {
    for (let tries = 0; tries < 400 && !status.test(fieldsOf(name).Status); tries++) await setTimeout(25);
    expect(fieldsOf(name).Status).toMatch(status);
  };

  test('says how it is while its health is checked, and that it is paused', async () => {
    const check = 'test -e /well';
    start(
      'checked',
      '--health-cmd',
      check,
      '--health-interval',
      '100ms',
      '--health-retries',
      '2',
      'localhost/busybox',
      'sleep',
      '1000',
    );
    expect(fieldsOf('checked').Status).toMatch(/^Up .* \((health: starting|unhealthy)\)$/);
    await until('checked', /^Up .* \(unhealthy\)$/);
    expect(names('-f', 'health=unhealthy')).toEqual(['checked']);
    expect(store.tsdocker('exec', 'checked', 'touch', '/well').status).toBe(0);
    await until('checked', /^Up .* \(healthy\)$/);
    expect(names('-f', 'health=healthy')).toEqual(['checked']);
    const { Health } = JSON.parse(store.tsdocker('inspect', '-f', '{{json .State}}', 'checked').stdout);
    expect(Health).toMatchObject({ Status: 'healthy', FailingStreak: 0 });
    expect(Health.Log.at(-1)).toMatchObject({ ExitCode: 0, Output: '' });
    expect(Health.Log.at(-1).Start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

    expect(store.tsdocker('pause', 'checked').status).toBe(0);
    expect(fieldsOf('checked')).toMatchObject({ State: 'paused', Status: expect.stringMatching(/^Up .* \(Paused\)$/) });
    expect(names('-f', 'status=paused')).toEqual(['checked']);
    expect(names()).toContain('checked');
    expect(store.tsdocker('rm', '-f', 'checked').status).toBe(0);
  });

  test('counts as running while it waits to be started again', async () => {
    start('again', '--restart', 'always', 'localhost/busybox', 'false');
    await until('again', /^Restarting \(\d+\) .* ago$/);
    expect(names()).toContain('again');
    expect(store.tsdocker('inspect', '-f', '{{.State.Running}}', 'again').stdout).toBe('true\n');
    expect(store.tsdocker('rm', '-f', 'again').status).toBe(0);
  });

  test('that was only made says Created', () => {
    expect(store.tsdocker('create', '--network', 'none', '--name', 'made', 'localhost/busybox').status).toBe(0);
    expect(fieldsOf('made')).toMatchObject({ State: 'created', Status: 'Created' });
    expect(names('-a', '-f', 'status=created')).toEqual(['made']);
    expect(names('-l')).toEqual(['made']);
    expect(store.tsdocker('rm', 'made').status).toBe(0);
  });
});
