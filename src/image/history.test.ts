import { expect, test } from 'vitest';
import { parseHistory } from './history.ts';

const config = (history: unknown, layers = 2): Uint8Array =>
  Buffer.from(JSON.stringify({ rootfs: { type: 'layers', diff_ids: Array(layers).fill('sha256:…') }, history }));

test('entries are matched with layers, those of empty layers with none', () => {
  const history = [
    { created: '2026-01-01T00:00:00Z', created_by: 'ADD files' },
    { created_by: 'ENV A=b', empty_layer: true, comment: 'buildkit' },
    { created_by: 'RUN make', empty_layer: false },
    { empty_layer: true },
  ];
  expect(parseHistory(config(history))).toEqual([
    { created: '2026-01-01T00:00:00Z', createdBy: 'ADD files', comment: '', layer: 0 },
    { createdBy: 'ENV A=b', comment: 'buildkit' },
    { createdBy: 'RUN make', comment: '', layer: 1 },
    { createdBy: '', comment: '' },
  ]);
});

test.each([[undefined], [null], [[]]])('an image without history (%j) has none to tell', (history) => {
  expect(parseHistory(config(history))).toEqual([]);
});

test.each([
  [[{}, {}, {}], 'the history of the image tells of 3 layers, and it has 2'],
  ['once', 'history of the image config is not a list'],
  [['once'], 'an entry of the history of the image config is not an object'],
  [[{ created_by: 7 }], 'created_by in the history of the image config is not a string'],
])('the history %j is refused', (history, message) => {
  expect(() => parseHistory(config(history))).toThrow(
    expect.objectContaining({ code: 'corrupt', message: expect.stringMatching(message) }),
  );
});
