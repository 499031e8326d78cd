import { describe, expect, test } from 'vitest';
import { distance, formatPlatform, hostPlatform, parsePlatform, statedPlatform } from './platform.ts';

describe('a platform as people write it', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/arm64', 'linux/arm64'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['amd64', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['Linux/AMD64', 'linux/amd64'],
    // The same machine by the names of other people.
    ['x86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['aarch64', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['i386', 'linux/386'],
    ['armhf', 'linux/arm/v7'],
    // The usual variant is none; a 32-bit arm without one is version 7.
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/arm', 'linux/arm/v7'],
    ['windows/amd64', 'windows/amd64'],
  ])('%s is %s', (text, expected) => {
    expect(formatPlatform(parsePlatform(text))).toBe(expected);
  });

  test.each(['', '/', 'linux/', '/amd64', 'linux//v7', 'linux/arm/v7/x', 'linux amd64', 'linux/amd64\n', 'lin$ux'])(
    '%j is refused',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(
        expect.objectContaining({ code: 'usage', message: `${JSON.stringify(text)} is not a platform` }),
      );
    },
  );
});

test('a stated platform is taken by the same names, and one that is named like a method of an object is only a name', () => {
  expect(statedPlatform('linux', 'aarch64', 'v8')).toEqual({ os: 'linux', architecture: 'arm64' });
  expect(statedPlatform('linux', 'arm', undefined)).toEqual({ os: 'linux', architecture: 'arm', variant: 'v7' });
  expect(statedPlatform('linux', 'amd64', '')).toEqual({ os: 'linux', architecture: 'amd64' });
  expect(statedPlatform('linux', 'constructor', undefined)).toEqual({ os: 'linux', architecture: 'constructor' });
  expect(statedPlatform('linux', '__proto__', undefined)).toEqual({ os: 'linux', architecture: '__proto__' });
});

test('the machine’s own platform is Linux, with an architecture that images are made for', () => {
  expect(['linux/amd64', 'linux/arm64']).toContain(formatPlatform(hostPlatform()));
});

describe('how well a platform serves another', () => {
  test.each([
    ['linux/amd64', 'linux/amd64', 0],
    ['linux/arm64/v8', 'linux/arm64', 0],
    ['linux/arm/v7', 'linux/arm/v7', 0],
    ['linux/arm/v7', 'linux/arm', 0],
    ['linux/arm/v7', 'linux/arm/v6', 1],
    ['linux/arm/v7', 'linux/arm/v5', 2],
    ['linux/arm/v6', 'linux/arm/v7', undefined],
    ['linux/arm/v5', 'linux/arm', undefined],
    ['linux/amd64/v3', 'linux/amd64', 1],
    ['linux/amd64', 'linux/amd64/v3', undefined],
    ['linux/amd64', 'linux/386', undefined],
    ['linux/arm64', 'linux/arm/v7', undefined],
    ['linux/amd64', 'windows/amd64', undefined],
    ['linux/amd64', 'unknown/unknown', undefined],
    ['linux/arm/v7', 'linux/arm/vx', undefined],
  ])('%s is served by %s: %s', (wanted, offered, expected) => {
    expect(distance(parsePlatform(wanted), parsePlatform(offered))).toBe(expected);
  });
});
