import { expect, test } from 'vitest';
import type { Entry } from './entry.ts';
import { largestLayer } from './growth.ts';
import { limited, mostEntries, mostNameBytes } from './limited.ts';
import type { EntrySink } from './tar/reader.ts';

const common = { mode: 0, uid: 0, gid: 0, modified: 0n, accessed: 0n, attributes: [] };
const file: Entry = { ...common, type: 'file', path: ['a'] };
const deaf: EntrySink = { begin() {}, write() {}, hole() {}, end() {} };

test('limited hands everything on', () => {
  const heard: unknown[] = [];
  const sink = limited({
    begin: (entry) => heard.push(entry),
    write: (content) => heard.push(content),
    hole: (length) => heard.push(length),
    end: () => heard.push('end'),
  });
  sink.begin(file);
  sink.write(new Uint8Array([1]));
  sink.hole(7);
  sink.end();
  expect(heard).toEqual([file, new Uint8Array([1]), 7, 'end']);
});

test('limited refuses the first entry too many', () => {
  const sink = limited(deaf);
  for (let count = 0; count < mostEntries; count++) sink.begin(file);
  expect(() => sink.begin(file)).toThrow('a layer has more than 2000000 entries');
});

test.each<[string, Entry]>([
  ['names', { ...file, path: ['x'.repeat(255), 'x'.repeat(255)] }],
  ['targets of symbolic links', { ...common, path: ['a'], type: 'symlink', target: 'x'.repeat(4095) }],
  ['targets of hard links', { ...common, path: ['a'], type: 'link', target: ['x'.repeat(255)] }],
  ['attributes', { ...file, attributes: [{ name: 'user.a', value: new Uint8Array(65_536) }] }],
])('limited refuses a layer with too many bytes of %s', (_name, entry) => {
  const sink = limited(deaf);
  const flood = () => {
    for (let bytes = 0; bytes <= mostNameBytes; bytes += 250) sink.begin(entry);
  };
  expect(flood).toThrow('a layer has more than 268435456 bytes of names and attributes');
});

test('limited refuses holes that add up to more than a layer may have', () => {
  const sink = limited(deaf);
  sink.hole(largestLayer);
  expect(() => sink.hole(1)).toThrow('a layer has holes of more than');
});
