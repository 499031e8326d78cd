import { expect, test } from 'vitest';
import { parseEntry } from './entry.ts';

const time = '2026-01-31T10:00:00.123456789Z';
const line = (changes: object): string => JSON.stringify({ log: 'text\n', stream: 'stdout', time, ...changes });

test('a whole line is an entry', () => {
  expect(parseEntry(line({}))).toEqual({ stream: 'stdout', time, text: 'text\n' });
});

test('a piece without a newline is partial', () => {
  expect(parseEntry(line({ log: 'te', stream: 'stderr' }))).toEqual({
    stream: 'stderr',
    time,
    text: 'te',
    partial: true,
  });
});

test('escapes become what was said', () => {
  const text = String.raw`{"log":"\u003c\u0000\"\\\u2028\ufffdé\r\n","stream":"stdout","time":"${time}"}`;
  expect(parseEntry(text)?.text).toBe('<\0"\\\u2028\ufffdé\r\n');
});

test('attributes of Docker’s log options are kept, if there are any', () => {
  expect(parseEntry(line({ attrs: { tag: 'web', bad: 1 } }))?.attributes).toEqual({ tag: 'web' });
  expect(parseEntry(line({ attrs: {} }))).not.toHaveProperty('attributes');
});

test.each([
  '',
  'null',
  '[]',
  '"text"',
  '{"log":"te',
  '\0\0\0\0',
  line({ log: 1 }),
  line({ stream: 'stdin' }),
  line({ stream: undefined }),
  line({ time: 'today' }),
  line({ time: '2026-01-31T10:00:00+02:00' }),
  line({ time: '2026-01-31T10:00:00.1234567890Z' }),
  line({ time: 5 }),
])('%j is damaged', (text) => expect(parseEntry(text)).toBeUndefined());
