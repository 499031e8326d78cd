import { expect, test } from 'vitest';
import { signalNumber } from './signals.ts';

test.each([
  ['SIGTERM', 15],
  ['TERM', 15],
  ['sigterm', 15],
  ['Kill', 9],
  ['15', 15],
  ['1', 1],
  ['64', 64],
  ['SIGRTMIN', 34],
  ['RTMIN+3', 37],
  ['sigrtmax-1', 63],
  ['SIGRTMAX', 64],
])('%s is %i', (text, number) => expect(signalNumber(text)).toBe(number));

test.each([
  '',
  '0',
  '65',
  '-9',
  '9x',
  'SIG',
  'SIGNOPE',
  'SIGSIGTERM',
  'RTMIN-1',
  'RTMAX+1',
  'RTMIN+99',
  'constructor',
  '１',
])('%j is none', (text) => expect(signalNumber(text)).toBeUndefined());
