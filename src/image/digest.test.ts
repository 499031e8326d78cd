import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chainIDs, digestAlgorithm, digestHex, parseDiffID, parseDigest } from './digest.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('digests', () => {
  test.each([
    ['sha256', 64],
    ['sha512', 128],
  ] as const)('of %s have %i hexadecimal digits', (algorithm, length) => {
    const digest = parseDigest(`${algorithm}:${'0f'.repeat(length / 2)}`);
    expect(digestAlgorithm(digest)).toBe(algorithm);
    expect(digestHex(digest)).toBe('0f'.repeat(length / 2));
    expect(() => parseDigest(`${digest}0`)).toThrow('digest');
    expect(() => parseDigest(digest.slice(0, -1))).toThrow(`does not have ${length} hexadecimal digits`);
  });

  test.each([
    [undefined, 'is not a digest'],
    [null, 'null is not a digest'],
    [7, '7 is not a digest'],
    [{}, 'an object is not a digest'],
    ['', '"" is not a digest'],
    ['a'.repeat(64), 'is not a digest'],
    [`:${'a'.repeat(64)}`, 'is not a digest'],
    ['sha256:', 'is not a digest'],
    [`sha256:${'A'.repeat(64)}`, 'does not have 64 hexadecimal digits'],
    [`sha256:${'g'.repeat(64)}`, 'does not have 64 hexadecimal digits'],
    [`SHA256:${'a'.repeat(64)}`, 'unknown algorithm SHA256'],
    [`sha1:${'a'.repeat(40)}`, 'unknown algorithm sha1'],
    // Names that every object of JavaScript has.
    [`constructor:${'a'.repeat(64)}`, 'unknown algorithm constructor'],
    [`__proto__:${'a'.repeat(64)}`, 'unknown algorithm __proto__'],
    // A digest becomes a file name.
    ['sha256:../../../etc/passwd', 'is not a digest'],
    [`sha256:${'a'.repeat(63)}/`, 'is not a digest'],
    [`sha256:${'a'.repeat(64)}\n`, 'is not a digest'],
    [`\nsha256:${'a'.repeat(64)}`, 'is not a digest'],
  ])('%j is none', (text, reason) => {
    expect(() => parseDigest(text)).toThrow(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(reason) }),
    );
  });

  test('a message about a hostile digest stays short and on one line', () => {
    const message = (() => {
      try {
        return parseDigest(`x\n${'y'.repeat(100_000)}`);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message.length).toBeLessThan(300);
    expect(message).not.toContain('\n');
  });
});

describe('chain ids', () => {
  const [bottom, middle, top] = ['1', '2', '3'].map((text) => parseDiffID(`sha256:${sha256(text)}`)) as [
    ReturnType<typeof parseDiffID>,
    ReturnType<typeof parseDiffID>,
    ReturnType<typeof parseDiffID>,
  ];

  test('of no layers are none, and of the lowest layer is its diff id', () => {
    expect(chainIDs([], sha256)).toEqual([]);
    expect(chainIDs([bottom], sha256)).toEqual([bottom]);
  });

  test('of a layer is the digest of the chain id below and its diff id, with a space between', () => {
    const second = `sha256:${sha256(`${bottom} ${middle}`)}`;
    expect(chainIDs([bottom, middle, top], sha256)).toEqual([bottom, second, `sha256:${sha256(`${second} ${top}`)}`]);
  });

  test('have a known value that sha256sum gives', () => {
    const zeros = parseDiffID(`sha256:${'0'.repeat(64)}`);
    expect(chainIDs([zeros, zeros], sha256).at(-1)).toBe(
      'sha256:1c549100e455eee76a4725b64270b19d7fa7aea704960d46363fffa8732d51b8',
    );
  });

  test('differ where the same layers are stacked in another order', () => {
    expect(chainIDs([bottom, middle], sha256).at(-1)).not.toBe(chainIDs([middle, bottom], sha256).at(-1));
    expect(chainIDs([bottom, bottom], sha256)[1]).not.toBe(bottom);
  });
});
