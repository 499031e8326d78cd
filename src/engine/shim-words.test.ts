import { expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { want } from '../launch/frames.ts';
import type { RunOptions } from '../spec/run-options.ts';
import type { ContainerSettings } from '../store/containers.ts';
import { type FirstClient, shimWords, wantsOf } from './shim-words.ts';

const nobody: FirstClient = { streams: [], whole: false };
const all: FirstClient = { streams: ['stdin', 'stdout', 'stderr'], whole: true };

const words = (
  options: Partial<RunOptions>,
  client: FirstClient = nobody,
  healthcheck?: ContainerSettings['healthcheck'],
): string[] =>
  shimWords(
    {
      options: optionsWith(options),
      stopSignal: 'SIGTERM',
      imageId: '',
      user: '',
      volumes: [],
      ports: [],
      exposed: [],
      ...(healthcheck === undefined ? {} : { healthcheck }),
    },
    client,
  );

test('of a plain container: nobody attached, its log, and no policy', () => {
  expect(words({})).toEqual(['wants=0', 'log-size=0', 'log-files=1', 'policy=0', 'maximum=0']);
});

test.each([
  [nobody, 0],
  [{ streams: ['stderr'], whole: false }, want.stderr],
  [all, want.stdin | want.stdout | want.stderr | want.all],
] as const)('what %j wants', (client, bits) => expect(wantsOf(client)).toBe(bits));

test('the input ends with whoever started it, where that one feeds it', () => {
  expect(words({ interactive: true }, all)).toEqual(expect.arrayContaining(['stdin=1', 'once=1']));
  expect(words({ interactive: true })).not.toContain('once');
  expect(words({}, all)).not.toContain('stdin');
});

test('a terminal, and its own removal', () => {
  expect(words({ tty: true, rm: true }).slice(0, 2)).toEqual(['terminal=1', 'remove=1']);
});

test('a log that is bounded, and none', () => {
  const log = { driver: 'json-file', maxSize: 1000, maxFile: 3 } as const;
  expect(words({ log })).toEqual(expect.arrayContaining(['log-size=1000', 'log-files=3']));
  expect(words({ log: { ...log, driver: 'none' } }).filter((word) => word.startsWith('log'))).toEqual([]);
});

test.each([
  ['no', 0],
  ['on-failure', 1],
  ['always', 2],
  ['unless-stopped', 3],
] as const)('the policy %s is number %i', (name, number) => {
  expect(words({ restart: { name, maximum: 4 } })).toEqual(expect.arrayContaining([`policy=${number}`, 'maximum=4']));
});

test('a health check in milliseconds, and without its command', () => {
  const check = { test: ['CMD', 'x'], interval: 1, timeout: 2, startPeriod: 3, startInterval: 4, retries: 5 };
  expect(words({}, nobody, check).filter((word) => word.startsWith('health'))).toEqual([
    'health-interval=1',
    'health-timeout=2',
    'health-start-period=3',
    'health-start-interval=4',
    'health-retries=5',
  ]);
});

test('words are what the shim splits them into: none has a blank or is empty', () => {
  for (const word of words({ tty: true, interactive: true, rm: true }, all)) expect(word).toMatch(/^[a-z-]+(=\d+)?$/);
});
