import { expect, test } from 'vitest';
import { frame } from './frame.ts';

test('the first frame begins where the cursor is', () => {
  expect(frame([], ['one', 'two'], 80)).toBe('\rone\x1b[K\ntwo\x1b[K\n\x1b[J');
});

test('the next goes up over it, and what is left of a longer one goes', () => {
  expect(frame(['one', 'two'], ['1'], 80)).toBe('\x1b[2A\r1\x1b[K\n\x1b[J');
});

test('lines that a narrower terminal has wrapped are counted as it shows them', () => {
  expect(frame(['x'.repeat(79), '', 'short'], ['1'], 40)).toBe('\x1b[4A\r1\x1b[K\n\x1b[J');
});
