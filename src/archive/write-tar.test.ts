import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeTar } from '../../test/support/image-fixture.ts';
import { type TarMember, writeTar } from './write-tar.ts';

const member = (name: string, ...pieces: string[]): TarMember => ({
  name,
  size: pieces.join('').length,
  content: () => pieces.map((piece) => Buffer.from(piece)),
});

test('members come one after the other, and are opened when their turn comes', async () => {
  const big = 'x'.repeat(100_000);
  const members = [member('a'), member('b/c', 'one', 'two'), member('d', big, big)];
  const expected = await makeTar(
    members.map(({ name, content }) => ({ name, body: Buffer.concat([...(content() as Buffer[])]) })),
  );
  expect((await buffer(writeTar(members))).equals(Buffer.from(expected))).toBe(true);
});

test('what the content of a member throws, the tar throws', async () => {
  const failing: TarMember = {
    name: 'b',
    size: 10,
    async *content() {
      yield Buffer.from('12345');
      throw new Error('damaged');
    },
  };
  await expect(buffer(writeTar([member('a', 'x'), failing, member('c')]))).rejects.toThrow('damaged');
});

test.each([1, 10])('a member that has not the %i bytes that it says is an error', async (size) => {
  await expect(buffer(writeTar([{ ...member('a', 'abc'), size }]))).rejects.toThrow();
});

test('a tar that is left early opens no more members', async () => {
  const opened: string[] = [];
  const members = Array.from(
    { length: 50 },
    (_, index): TarMember => ({
      name: `m${index}`,
      size: 2 ** 16,
      content: () => {
        opened.push(`m${index}`);
        return [Buffer.alloc(2 ** 16)];
      },
    }),
  );
  for await (const _piece of writeTar(members)) break;
  await setTimeout(50);
  expect(opened.length).toBeLessThan(10);
});
