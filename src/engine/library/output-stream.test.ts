import { expect, test } from 'vitest';
import { OutputStream } from './output-stream.ts';

const bytes = (size: number, value = 1): Uint8Array => new Uint8Array(size).fill(value);

test('what came before anybody asked is read first, and asked for only when it is used up', async () => {
  let demands = 0;
  const output = new OutputStream(() => demands++);
  output.push(bytes(1));
  output.push(bytes(2));
  const reader = output.stream.getReader();
  expect((await reader.read()).value).toHaveLength(1);
  expect((await reader.read()).value).toHaveLength(2);
  expect(output.isWanted).toBe(false);
  const third = reader.read();
  await Promise.resolve();
  expect(output.isWanted).toBe(true);
  expect(demands).toBeGreaterThan(0);
  output.push(bytes(3));
  expect((await third).value).toHaveLength(3);
  output.end();
  expect((await reader.read()).done).toBe(true);
});

test('is full only for somebody who is going to read it', () => {
  const output = new OutputStream(() => {});
  output.push(bytes(2 ** 20));
  expect(output.isFull).toBe(false);
  output.stream;
  expect(output.isFull).toBe(true);
});

test('what nobody read while it came is not taken for the whole', async () => {
  const output = new OutputStream(() => {});
  output.push(bytes(2 ** 20));
  output.push(bytes(1));
  output.end();
  const reader = output.stream.getReader();
  expect((await reader.read()).value).toHaveLength(2 ** 20);
  await expect(reader.read()).rejects.toMatchObject({ code: 'conflict' });
});

test('who cancels it gets nothing more, and holds nobody up', async () => {
  const output = new OutputStream(() => {});
  await output.stream.cancel();
  output.push(bytes(2 ** 21));
  expect(output.isFull).toBe(false);
  output.end();
});

test('a failure comes after what was there before it', async () => {
  const output = new OutputStream(() => {});
  output.push(bytes(1));
  output.end(new Error('lost'));
  const reader = output.stream.getReader();
  expect((await reader.read()).value).toHaveLength(1);
  await expect(reader.read()).rejects.toThrow('lost');
});
