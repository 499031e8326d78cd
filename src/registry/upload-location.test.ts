import { expect, test } from 'vitest';
import { bytesHeld, partSize, uploadLocation, withDigest } from './upload-location.ts';

const from = new URL('https://r.example/v2/a/blobs/uploads/');
const at = (location: string | null, asked = from) => uploadLocation(asked, location, 'the registry r.example').href;

test.each([
  ['/v2/a/blobs/uploads/1?state=x', 'https://r.example/v2/a/blobs/uploads/1?state=x'],
  ['1?state=x', 'https://r.example/v2/a/blobs/uploads/1?state=x'],
  ['https://store.example/1?signature=a%2Fb', 'https://store.example/1?signature=a%2Fb'],
  ['//store.example/1', 'https://store.example/1'],
  ['/1#part', 'https://r.example/1'],
])('the Location %s is %s', (location, place) => expect(at(location)).toBe(place));

test.each([
  [null, 'takes uploads nowhere'],
  ['http://', 'takes uploads nowhere'],
  ['file:///etc/shadow', 'by neither http nor https'],
  ['http://r.example/1', 'by plain http at r.example'],
  ['https://someone:secret@r.example/1', 'at r.example with credentials in the address'],
  ['https://localhost/1', 'on this machine itself, at localhost'],
  ['https://169.254.169.254/1', 'on this machine itself, at 169.254.169.254'],
  ['https://[::1]/1', 'on this machine itself, at [::1]'],
])('the Location %s is refused: %s', (location, why) => {
  expect(() => at(location)).toThrow(`the registry r.example takes uploads`);
  expect(() => at(location)).toThrow(why);
});

test('a registry of this machine may take uploads on this machine, and by plain http', () => {
  expect(at('http://127.0.0.1:5001/1', new URL('http://127.0.0.1:5000/v2/'))).toBe('http://127.0.0.1:5001/1');
});

test('the digest is added to the query, which stays as it was sent', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const written = `digest=sha256%3A${'a'.repeat(64)}`;
  expect(withDigest(new URL('https://r.example/1'), digest).href).toBe(`https://r.example/1?${written}`);
  const signed = 'https://r.example/1?b=%7e+x&a=%2F';
  expect(withDigest(new URL(signed), digest).href).toBe(`${signed}&${written}`);
});

test.each([
  [null, 0],
  ['0-0', 0],
  ['0-9', 10],
  ['0-99', 100],
  ['bytes=0-9', 10],
  [' 0-9 ', 10],
  ['0-100', undefined],
  ['5-9', undefined],
  ['0--1', undefined],
  ['0-9999999999999999', undefined],
  ['', undefined],
])('of an upload of 100 bytes, the Range %s means that %s are there', (range, held) => {
  expect(bytesHeld(range, 100)).toBe(held);
});

test.each([
  [null, undefined],
  ['nonsense', undefined],
  ['-1', undefined],
  ['9'.repeat(13), undefined],
  ['0', 2 ** 24],
  ['1024', 2 ** 24],
  [`${2 ** 25}`, 2 ** 25],
  [`${2 ** 30}`, undefined],
])('OCI-Chunk-Min-Length %s makes parts of %s bytes of a GiB', (header, part) => {
  expect(partSize(header, 2 ** 30)).toBe(part);
});
