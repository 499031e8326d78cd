// tsdocker tag.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addImage, type LocalImage } from '../support/local-images.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let image: LocalImage;
beforeAll(async () => {
  store = makeStore();
  image = await addImage(store.root, 'docker.io/library/one');
});
afterAll(() => store[Symbol.dispose]());

const idOf = (name: string): string => store.tsdocker('images', '-q', name).stdout;

test.each([['one'], ['docker.io/library/one:latest'], ['the id'], ['the whole id']])(
  'an image is given a name by %s',
  (source) => {
    const from = source === 'the id' ? image.short : source === 'the whole id' ? image.id : source;
    const target = `registry.example:5000/team/${source.replaceAll(/\W/g, '')}:v1`;
    expect(store.tsdocker('tag', from, target)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(idOf(target)).toBe(`${image.short}\n`);
    expect(idOf('one')).toBe(`${image.short}\n`);
  },
);

test('a name is taken from the image that had it, which stays without', async () => {
  const other = await addImage(store.root, 'localhost/other');
  expect(store.tsdocker('tag', 'one', 'localhost/other').status).toBe(0);
  expect(idOf('localhost/other')).toBe(`${image.short}\n`);
  expect(store.tsdocker('images', '--filter', 'dangling=true', '-q').stdout).toBe(`${other.short}\n`);
});

test.each([
  ['nothing', 'a:b', /^tsdocker: there is no image nothing in the store\n/],
  ['one', 'BAD', /^tsdocker: "BAD" is not the name of an image/],
  ['one', `a@sha256:${'0'.repeat(64)}`, /has a digest, which cannot be given to an image/],
  ['one', 'a'.repeat(0), /"" is not the name of an image: it is empty/],
])('tag %s %s is refused, and nothing changes', (source, target, message) => {
  const before = store.tsdocker('images').stdout;
  const { status, stdout, stderr } = store.tsdocker('tag', source, target);
  expect([status, stdout, stderr.split('\n').length]).toEqual([125, '', 3]);
  expect(stderr).toMatch(message);
  expect(store.tsdocker('images').stdout).toBe(before);
});
