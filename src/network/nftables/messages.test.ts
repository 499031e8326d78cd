import { expect, test } from 'vitest';
import { comment, commentIn } from './messages.ts';

test('a comment is read as it was written', () => {
  expect(commentIn(comment('made by us'))).toBe('made by us');
});

test('a comment is found behind other fields', () => {
  expect(commentIn(Uint8Array.of(1, 2, 9, 9, ...comment('made by us')))).toBe('made by us');
});

test.each([
  ['nothing', undefined],
  ['no bytes', new Uint8Array()],
  ['half a head', Uint8Array.of(0)],
  ['another field', Uint8Array.of(1, 1, 0)],
  ['a field that is longer than the rest', Uint8Array.of(3, 200, 1)],
])('%s has no comment', (_, userdata) => {
  expect(commentIn(userdata)).toBeUndefined();
});
