import { expect, test } from 'vitest';
import { eventFields, eventLine, nanoTime } from './event-text.ts';
import { goJson } from './format/json.ts';

const event = { type: 'container', action: 'start', id: 'abc', time: 1_000_000_001n };

test('attributes stand in the order of their names, and without any there are no parentheses', () => {
  const line = eventLine({ ...event, attributes: { b: '1', a: '2', B: '3' } });
  expect(line.replace(/^\S+/, 'TIME')).toBe('TIME container start abc (B=3, a=2, b=1)\n');
  expect(eventLine({ ...event, attributes: {} })).toMatch(/ container start abc\n$/);
});

test('nothing in an event acts on a terminal or begins a line', () => {
  const line = eventLine({ ...event, action: 'a\nb', attributes: { 'x\u009b': '\u001b[2J\r' } });
  expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u);
  expect(line.at(-1)).toBe('\n');
});

test('a time has all nine digits of its second', () => {
  expect(nanoTime(1_795_259_106_000_000_007n)).toMatch(/^2026-11-2\dT\d\d:\d\d:06\.000000007(?:Z|[+-]\d\d:\d\d)$/);
});

test('an event of anything else has no status, as in Docker', () => {
  expect(goJson(eventFields({ ...event, type: 'volume', attributes: {} }))).toBe(
    '{"Type":"volume","Action":"start","Actor":{"ID":"abc","Attributes":{}},"scope":"local","time":1,"timeNano":1000000001}',
  );
});
