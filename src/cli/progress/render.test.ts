import { expect, test } from 'vitest';
import type { PullProgress } from '../../engine/pull.ts';
import { parseDigest } from '../../image/digest.ts';
import { type Layers, withProgress } from './layers.ts';
import { renderProgress } from './render.ts';
import { changeLine } from './words.ts';

const digest = (index: number) => parseDigest(`sha256:${index.toString(16).padStart(12, 'a').padEnd(64, '0')}`);
const layer = (status: PullProgress['status'], current?: number, total?: number, index = 1): PullProgress => ({
  layer: digest(index),
  status,
  ...(current === undefined ? {} : { current }),
  ...(total === undefined ? {} : { total }),
});
const many = (count: number, status: PullProgress['status'], from = 0): PullProgress[] =>
  Array.from({ length: count }, (_, index) => layer(status, undefined, undefined, from + index));

test.each([
  [layer('waiting'), 'aaaaaaaaaaa1: Waiting'],
  [layer('exists'), 'aaaaaaaaaaa1: Already exists'],
  [layer('downloaded'), 'aaaaaaaaaaa1: Download complete'],
  [layer('unpacked'), 'aaaaaaaaaaa1: Pull complete'],
  [layer('retrying'), 'aaaaaaaaaaa1: Retrying'],
  [layer('downloading'), 'aaaaaaaaaaa1: Downloading'],
  [
    layer('downloading', 12_345_678, 45_600_000),
    'aaaaaaaaaaa1: Downloading [=============>                                     ]  12.35MB/45.6MB',
  ],
  [layer('downloading', 0, 1000), `aaaaaaaaaaa1: Downloading [>${' '.repeat(50)}]       0B/1kB`],
  [layer('unpacking', 1000, 1000), `aaaaaaaaaaa1: Extracting [${'='.repeat(50)}>]      1kB/1kB`],
  [layer('downloading', 5000), 'aaaaaaaaaaa1: Downloading 5kB'],
  [layer('downloading', 5000, 0), 'aaaaaaaaaaa1: Downloading 5kB'],
  [layer('downloading', 5000, 400), 'aaaaaaaaaaa1: Downloading 5kB'],
])('a layer that is %j', (progress, line) => expect(renderProgress([progress], 200)).toEqual([line]));

test('a bar takes the room there is, and where there is too little only the numbers stay', () => {
  const progress = [layer('downloading', 500, 1000)];
  expect(renderProgress(progress, 70)).toEqual([
    'aaaaaaaaaaa1: Downloading [=============>              ]     500B/1kB',
  ]);
  expect(renderProgress(progress, 50)).toEqual(['aaaaaaaaaaa1: Downloading 500B/1kB']);
  for (let columns = 1; columns < 120; columns++) {
    for (const line of renderProgress(progress, columns))
      expect(line.length).toBeLessThanOrEqual(Math.max(1, columns - 1));
  }
});

test('of more layers than there are rows, those at work are shown, in their order', () => {
  const layers = [...many(10, 'unpacked'), ...many(2, 'downloading', 20), ...many(10, 'waiting', 40)];
  const lines = renderProgress(layers, 80, 5);
  expect(lines).toEqual([
    'aaaaaaaaaa14: Downloading',
    'aaaaaaaaaa15: Downloading',
    'aaaaaaaaaa28: Waiting',
    'aaaaaaaaaa29: Waiting',
    '… and 18 more, 10 of them complete',
  ]);
  expect(renderProgress(layers, 80, 22)).toHaveLength(22);
  expect(renderProgress(layers, 80, 1)).toHaveLength(1);
  expect(renderProgress(layers, 80)).toHaveLength(22);
});

test('a layer that is done stays done: its copies in the image say nothing', () => {
  const done: Layers = new Map([[digest(1), layer('unpacked')]]);
  expect(withProgress(done, layer('exists'))).toBe(done);
  expect([...withProgress(done, layer('waiting', undefined, undefined, 2)).keys()]).toEqual([digest(1), digest(2)]);
});

test.each([
  [undefined, layer('waiting'), undefined],
  ['waiting', layer('exists'), 'aaaaaaaaaaa1: Already exists'],
  ['waiting', layer('downloading', 0, 10), 'aaaaaaaaaaa1: Pulling fs layer'],
  ['downloading', layer('downloading', 5, 10), undefined],
  ['downloading', layer('retrying'), 'aaaaaaaaaaa1: Retrying'],
  ['downloaded', layer('unpacking', 1, 2), undefined],
  ['unpacking', layer('unpacked'), 'aaaaaaaaaaa1: Pull complete'],
] as const)('without a terminal, from %s to %j', (before, after, line) => expect(changeLine(before, after)).toBe(line));
