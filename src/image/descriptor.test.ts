import { expect, test } from 'vitest';
import { parseDescriptor } from './descriptor.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const least = { mediaType: 'text/plain', digest, size: 3 };

test('a descriptor has a media type, a digest and a size, and may have more', () => {
  expect(parseDescriptor(least, 'it')).toEqual(least);
  expect(parseDescriptor({ ...least, platform: null, annotations: null, urls: null }, 'it')).toEqual(least);
  const full = {
    ...least,
    platform: { os: 'linux', architecture: 'aarch64', variant: 'v8', 'os.version': '1', features: ['x'] },
    annotations: { a: 'b' },
    urls: ['https://elsewhere.example/blob'],
    data: 'Zm9v',
  };
  expect(parseDescriptor(full, 'it')).toEqual({
    ...least,
    platform: { os: 'linux', architecture: 'arm64' },
    annotations: { a: 'b' },
    urls: ['https://elsewhere.example/blob'],
  });
});

test.each([
  [null, 'it is not an object'],
  ['sha256:…', 'it is not an object'],
  [{ ...least, mediaType: undefined }, 'the media type of it is not a string'],
  [{ ...least, mediaType: 1 }, 'the media type of it is not a string'],
  [{ ...least, digest: undefined }, 'undefined is not a digest'],
  [{ ...least, digest: 'sha256:../..' }, '"sha256:../.." is not a digest'],
  [{ ...least, size: undefined }, 'the size of it is not a size'],
  [{ ...least, size: -1 }, 'the size of it is not a size'],
  [{ ...least, size: '3' }, 'the size of it is not a size'],
  [{ ...least, size: 1e300 }, 'the size of it is not a size'],
  [{ ...least, platform: 'linux' }, 'the platform of it is not an object'],
  [{ ...least, platform: { os: 'linux' } }, 'the architecture of it is not a string'],
  [{ ...least, platform: { architecture: 'arm' } }, 'the os of it is not a string'],
  [{ ...least, platform: { os: 'linux', architecture: 'arm', variant: 7 } }, 'the variant of it is not a string'],
  [{ ...least, annotations: { a: 1 } }, '"a" of the annotations of it is not a string'],
  [{ ...least, urls: 'x' }, 'the urls of it is not a list'],
])('%j is refused: %s', (value, message) => {
  expect(() => parseDescriptor(value, 'it')).toThrow(expect.objectContaining({ code: 'corrupt', message }));
});
