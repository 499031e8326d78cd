import { expect, test } from 'vitest';
import { formatReference } from '../image/reference.ts';
import { containerdName, nameOf, nameOfEntry, refName } from './names.ts';

const named = (annotations?: Record<string, string>) => {
  const name = nameOfEntry(annotations);
  return name && formatReference(name);
};

test('an entry of index.json has the name that containerd writes, or a whole one in ref.name', () => {
  expect(named({ [containerdName]: 'docker.io/library/alpine:3', [refName]: '3' })).toBe('docker.io/library/alpine:3');
  expect(named({ [refName]: 'localhost/app:1' })).toBe('localhost/app:1');
  expect(named({ [refName]: 'alpine:3' })).toBe('docker.io/library/alpine:3');
  expect(named({ [refName]: 'localhost/app' })).toBe('localhost/app:latest');
});

test('a tag alone, other words, and nothing are no name', () => {
  for (const annotations of [undefined, {}, { [refName]: 'latest' }, { [refName]: 'a/B c:d' }, { other: 'a:1' }]) {
    expect(named(annotations)).toBeUndefined();
  }
});

test('what says that it is a name and is none is refused', () => {
  expect(() => named({ [containerdName]: '../../x' })).toThrow('gives an image a name that is none: "../../x"');
  expect(() => nameOf('a:b:c')).toThrow(expect.objectContaining({ code: 'corrupt' }));
});

test('an archive cannot say that an image is what a digest means', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  expect(nameOf(`alpine@${digest}`)).toBeUndefined();
  expect(nameOf(`alpine:3@${digest}`)).toEqual({ domain: 'docker.io', path: 'library/alpine', tag: '3' });
});
