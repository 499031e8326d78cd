import { expect, test } from 'vitest';
import type { Digest } from '../image/digest.ts';
import { plainOptions } from '../spec/plain-options.ts';
import type { ContainerRecord } from '../store/containers.ts';
import { imageWords, moreFields, usualFields } from './ps-fields.ts';

const imageId = `sha256:${'ab'.repeat(32)}` as Digest;
const recordOf = (image: string, fields: Partial<ContainerRecord> = {}): ContainerRecord => ({
  id: '1'.repeat(64),
  name: 'web',
  image: `docker.io/library/${image}`,
  createdAt: 0,
  command: ['sh'],
  imageDigest: '',
  chain: [],
  settings: {
    options: { ...plainOptions, image },
    stopSignal: 'SIGTERM',
    imageId,
    user: '',
    volumes: [],
    ports: [],
    exposed: [],
  },
  ...fields,
});
const ids = new Map([
  ['docker.io/library/web:latest', imageId],
  ['docker.io/library/moved:1', `sha256:${'c'.repeat(64)}`],
]);
const shown = (record: ContainerRecord) => ({
  record,
  state: { status: 'created' as const },
  health: undefined,
  ports: [],
});

test.each([
  ['web', 'web', 'web'],
  ['web:latest', 'web:latest', 'web:latest'],
  ['moved:1', 'abababababab', imageId],
  ['gone', 'abababababab', imageId],
  ['abab', 'abab', 'abab'],
  [imageId, 'abababababab', imageId],
  [`web@sha256:${'d'.repeat(64)}`, 'web', `web@sha256:${'d'.repeat(64)}`],
])('an image that was asked for as %s is shown as %s, and whole as %s', (asked, word, whole) => {
  expect(imageWords(ids, false)(recordOf(asked))).toBe(word);
  expect(imageWords(ids, true)(recordOf(asked))).toBe(whole);
});

test('an image of which nothing is kept but its name is shown by it', () => {
  const settings = {
    options: plainOptions,
    stopSignal: 'SIGTERM',
    imageId: '' as const,
    user: '',
    volumes: [],
    ports: [],
    exposed: [],
  };
  expect(imageWords(ids, false)(recordOf('old:latest', { settings }))).toBe('old');
});

test.each([
  [['sh'], '"sh"', '"sh"'],
  [['sh', '-c', 'exit 7'], '"sh -c \'exit 7\'"', '"sh -c \'exit 7\'"'],
  [['echo', 'a'.repeat(30)], `"echo ${'a'.repeat(14)}…"`, `"echo ${'a'.repeat(30)}"`],
  [['a"b\n\u001b[2J\u009b'], '"a\\"b\\n\\x1b[2J\\u009b"', '"a\\"b\\n\\x1b[2J\\u009b"'],
  [[], '""', '""'],
])('the command %j is shown as %s', (command, short, whole) => {
  const record = recordOf('web', { command });
  expect(usualFields(shown(record), () => 'web', false, 0).Command).toBe(short);
  expect(usualFields(shown(record), () => 'web', true, 0).Command).toBe(whole);
});

test('long places of mounts are cut short, and labels are in order', () => {
  const facts = {
    labels: { z: '1', a: '' },
    mounts: [{ Source: '/a/long/folder/indeed' }, { Name: 'store', Source: '/x', Driver: 'local' }],
    size: '0B',
    networks: ['web', 'bridge'],
  };
  expect(moreFields(shown(recordOf('web')), facts, false)).toMatchObject({
    Labels: 'a=,z=1',
    Mounts: '/a/long/folder…,store',
    LocalVolumes: '1',
    Networks: 'web,bridge',
    State: 'created',
  });
  expect(moreFields(shown(recordOf('web')), facts, true).Mounts).toBe('/a/long/folder/indeed,store');
  expect(moreFields(shown(recordOf('web')), facts, true).Label('z')).toBe('1');
  expect(moreFields(shown(recordOf('web')), facts, true).Label('constructor')).toBe('');
});
