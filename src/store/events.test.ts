import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plainOptions } from '../spec/plain-options.ts';
import { boundEvents, containerEvent, eventAttributes, readEventAttributes, recordEvent } from './events.ts';
import { readEvents, type StoreEvent } from './read-events.ts';

let store: { root: string; paths: { container: string } };
beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'tsdocker-events-'));
  store = { root, paths: { container: join(root, 'container') } } as typeof store;
});
afterEach(() => rmSync(store.root, { recursive: true, force: true }));

const places = () => store as unknown as Parameters<typeof containerEvent>[0];

const record = (action: string, attributes: Record<string, string> = {}, time?: bigint): void =>
  recordEvent(store, { type: 'container', action, id: 'c', attributes, ...(time === undefined ? {} : { time }) });

async function all(options: Partial<Parameters<typeof readEvents>[1]> = {}): Promise<StoreEvent[]> {
  return Array.fromAsync(readEvents(store, { follow: false, ...options }));
}

const settings = {
  options: plainOptions,
  stopSignal: 'SIGTERM',
  imageId: '' as const,
  user: '',
  volumes: [],
  ports: [],
  exposed: [],
};
const container = { id: 'c'.repeat(64), name: 'web', image: 'docker.io/library/busybox:latest', settings };

test('an event is read as it was recorded', async () => {
  record('die', { exitCode: '0', weird: 'a"b\n{"Type":"x"}' }, 1_795_259_106_123_456_789n);
  expect(await all()).toEqual([
    {
      type: 'container',
      action: 'die',
      id: 'c',
      attributes: { exitCode: '0', weird: 'a"b\n{"Type":"x"}' },
      time: 1_795_259_106_123_456_789n,
    },
  ]);
});

test('an event without a time happened now', async () => {
  const before = Date.now();
  record('start');
  const [event] = await all();
  const time = Number(event!.time) / 1e6;
  expect(time).toBeGreaterThan(before - 1000);
  expect(time).toBeLessThan(Date.now() + 1000);
});

test('an event that cannot be written is nobody’s trouble', () => {
  mkdirSync(join(store.root, 'events'));
  expect(() => record('start')).not.toThrow();
  expect(() =>
    recordEvent({ root: '/nonexistent' }, { type: 'image', action: 'pull', id: '', attributes: {} }),
  ).not.toThrow();
});

test('what is no event is left out, and half of one does not take the next one with it', async () => {
  const file = join(store.root, 'events');
  record('create');
  appendFileSync(
    file,
    'nonsense\n{}\n[]\nnull\n{"Type":1}\n{"Type":"a","Action":"b","Actor":{"ID":"c"},"timeNano":"7"}\n\n',
  );
  appendFileSync(file, '{"Type":"container","Action":"die","Actor":{"ID":"c","Attributes":{"a":"{\\"Type\\":');
  record('start');
  record('stop', { bad: 'x' });
  appendFileSync(file, `${'x'.repeat(3 * 2 ** 20)}\n`);
  record('destroy');
  appendFileSync(file, '{"Type":"container"');
  expect((await all()).map(({ action }) => action)).toEqual(['create', 'start', 'stop', 'destroy']);
});

test('a line that is too long is left out and the next one is read', async () => {
  appendFileSync(
    join(store.root, 'events'),
    `{"Type":"${'x'.repeat(2 ** 21)}","Action":"a","Actor":{"ID":""},"timeNano":1}\n`,
  );
  record('start');
  expect((await all()).map(({ action }) => action)).toEqual(['start']);
});

test('since and until are moments, and both are in', async () => {
  for (const second of [1n, 2n, 3n, 4n]) record(`a${second}`, {}, second * 1_000_000_000n);
  expect((await all({ since: 2000, until: 3000 })).map(({ action }) => action)).toEqual(['a2', 'a3']);
  expect((await all({ until: 2500 })).map(({ action }) => action)).toEqual(['a1', 'a2']);
  expect((await all({ since: 2500, until: 3500, follow: true })).map(({ action }) => action)).toEqual(['a3']);
});

test('the file is put aside when it is full, and both are read', async () => {
  const filler = { filler: 'x'.repeat(30_000) };
  for (let i = 0; i < 200; i++) record(`a${i}`, filler);
  expect(statSync(join(store.root, 'events.1')).size).toBeGreaterThan(4 * 2 ** 20);
  expect(statSync(join(store.root, 'events')).size).toBeLessThan(4 * 2 ** 20);
  expect((await all()).map(({ action }) => action)).toEqual(Array.from({ length: 200 }, (_, i) => `a${i}`));
});

test('a file that others have filled is put aside too', async () => {
  writeFileSync(join(store.root, 'events'), `${'x'.repeat(5 * 2 ** 20)}\n`);
  boundEvents(store);
  expect(statSync(join(store.root, 'events.1')).size).toBeGreaterThan(5 * 2 ** 20);
  boundEvents(store);
  expect(statSync(join(store.root, 'events.1')).size).toBeGreaterThan(5 * 2 ** 20);
});

test('events come as they happen, each once, also over files that are put aside', async () => {
  const seen: string[] = [];
  const controller = new AbortController();
  const filler = { filler: 'x'.repeat(100_000) };
  record('old');
  const reading = (async () => {
    for await (const { action } of readEvents(store, { since: 0, follow: true, signal: controller.signal })) {
      seen.push(action);
      if (action === 'a99') return;
    }
  })();
  for (let i = 0; i < 100; i++) {
    record(`a${i}`, filler);
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await reading;
  expect(seen).toEqual(['old', ...Array.from({ length: 100 }, (_, i) => `a${i}`)]);
});

test('without since and until only what comes is read', async () => {
  record('old');
  const events = readEvents(store, { follow: true });
  const next = events.next();
  record('new');
  expect((await next).value?.action).toBe('new');
  await events.return(undefined);
});

test('a reader ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const next = readEvents(store, { follow: true, signal: controller.signal }).next();
  controller.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
});

test('a reader ends at until', async () => {
  const until = Date.now() + 50;
  record('now', {}, BigInt(until - 10) * 1_000_000n);
  expect((await all({ until, follow: true })).map(({ action }) => action)).toEqual(['now']);
  expect(Date.now()).toBeGreaterThan(until);
});

test('attributes of a container are its image, its name and its labels, and a label cannot pose as another fact', () => {
  const options = {
    ...plainOptions,
    image: 'busybox',
    labels: { b: '2', name: 'x', exitCode: '0', ['__proto__']: 'p' },
  };
  const text = eventAttributes({ ...container, settings: { ...settings, options } }, { a: '1', b: '1' });
  expect(text).toBe('"image":"busybox","name":"web","a":"1","b":"2","__proto__":"p"');
});

test('labels do not make events as long as they like', () => {
  for (const value of ['x'.repeat(100_000), '\u0001'.repeat(10_000), '語'.repeat(15_000)]) {
    const options = { ...plainOptions, labels: { short: 'x', long: value } };
    const text = eventAttributes({ ...container, settings: { ...settings, options } });
    expect(text).toContain('"short"');
    expect(text).not.toContain('"long"');
  }
});

test('an event of a container says what its bundle does, under the name that it has now', async () => {
  const bundle = join(store.paths.container, container.id);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'event-attributes'), eventAttributes(container, { color: 'red' }));
  containerEvent(places(), { ...container, name: 'new' }, 'rename', { oldName: '/web' });
  rmSync(bundle, { recursive: true });
  containerEvent(places(), container, 'destroy');
  expect((await all()).map(({ attributes }) => attributes)).toEqual([
    { image: 'docker.io/library/busybox:latest', name: 'new', color: 'red', oldName: '/web' },
    { image: 'docker.io/library/busybox:latest', name: 'web' },
  ]);
  expect(() => readEventAttributes(places(), container)).not.toThrow();
});
