import { expect, test } from 'vitest';
import { parseLog } from './log.ts';

test('a log of Docker’s kind grows as it likes, unless it is told otherwise', () => {
  expect(parseLog('json-file', [])).toEqual({ driver: 'json-file', maxFile: 1 });
  expect(parseLog('none', [])).toEqual({ driver: 'none', maxFile: 1 });
  expect(parseLog('json-file', ['max-size=10m', 'max-file=3'])).toEqual({
    driver: 'json-file',
    maxSize: 10_000_000,
    maxFile: 3,
  });
});

test.each([
  ['max-size=1', 1],
  ['max-size=1.5k', 1500],
  ['max-size=2GB', 2e9],
  ['max-size=7b', 7],
])('%s is %d bytes, as Docker counts them', (setting, maxSize) => {
  expect(parseLog('json-file', [setting]).maxSize).toBe(maxSize);
});

test.each([
  ['syslog', [], 'the value "syslog" of --log-driver is not known'],
  ['none', ['max-size=1m'], 'is of no use with --log-driver none'],
  ['json-file', ['compress=true'], 'the value "compress=true" of --log-opt is not known'],
  ['json-file', ['max-size'], 'has no value'],
  ['json-file', ['max-size=0'], 'is not a size'],
  ['json-file', ['max-size=-1'], 'is not a size'],
  ['json-file', ['max-size=ten'], 'is not a size'],
  ['json-file', ['max-file=0'], 'is not a number of files'],
  ['json-file', ['max-file=99999'], 'is not a number of files'],
  ['json-file', ['max-file=1.5'], 'is not a number of files'],
])('%s %j is refused', (driver, settings, message) => {
  expect(() => parseLog(driver, settings)).toThrow(message);
});
