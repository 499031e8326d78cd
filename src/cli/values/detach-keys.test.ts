import { expect, test } from 'vitest';
import { defaultDetachKeys, parseDetachKeys } from './detach-keys.ts';

test.each([
  ['ctrl-p,ctrl-q', [16, 17]],
  ['ctrl-a', [1]],
  ['ctrl-z,x', [26, 120]],
  ['ctrl-@', [0]],
  ['ctrl-[', [27]],
  ['ctrl-\\', [28]],
  ['ctrl-]', [29]],
  ['ctrl-^', [30]],
  ['ctrl-_', [31]],
  ['A,b, ', [65, 98, 32]],
])('%s is the bytes %j', (text, bytes) => {
  expect(parseDetachKeys(text)).toEqual(bytes);
});

test('an empty text is the default', () => {
  expect(parseDetachKeys('')).toBe(defaultDetachKeys);
});

test.each(['ctrl-', 'ctrl-P', 'ctrl-1', 'ctrl-ab', 'alt-x', ',', 'a,,b', 'é'])('%j is refused', (text) => {
  expect(() => parseDetachKeys(text)).toThrow('of --detach-keys has the key');
});
