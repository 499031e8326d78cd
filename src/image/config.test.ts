import { describe, expect, test } from 'vitest';
import { parseImageConfig } from './config.ts';

const diffID = `sha256:${'0'.repeat(64)}`;
const least = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffID] } };
const parse = (value: unknown) => parseImageConfig(new TextEncoder().encode(JSON.stringify(value)));

test('a config has an architecture, an operating system and layers', () => {
  expect(parse(least)).toEqual({ ...least, config: {} });
});

test('what a builder writes is taken, sets as lists and nulls as missing', () => {
  const parsed = parse({
    ...least,
    variant: 'v8',
    created: '2026-01-02T03:04:05Z',
    author: 'somebody',
    history: [{ created_by: 'COPY' }],
    config: {
      User: 'web',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Env: ['PATH=/bin', 'A=b=c'],
      Entrypoint: ['/entry'],
      Cmd: null,
      Volumes: { '/data': {} },
      WorkingDir: '/srv',
      Labels: { vendor: 'x' },
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['CMD', 'true'], Interval: 5_000_000_000, Retries: 0, Timeout: null },
      OnBuild: null,
    },
  });
  expect(parsed).toEqual({
    ...least,
    variant: 'v8',
    created: '2026-01-02T03:04:05Z',
    config: {
      User: 'web',
      ExposedPorts: ['80/tcp', '53/udp'],
      Env: ['PATH=/bin', 'A=b=c'],
      Entrypoint: ['/entry'],
      Volumes: ['/data'],
      WorkingDir: '/srv',
      Labels: { vendor: 'x' },
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['CMD', 'true'], Interval: 5_000_000_000 },
    },
  });
});

test('an image without layers is one', () => {
  expect(parse({ ...least, config: null, rootfs: { type: 'layers', diff_ids: null } }).rootfs.diff_ids).toEqual([]);
  expect(parse({ ...least, rootfs: { type: 'layers' } }).rootfs.diff_ids).toEqual([]);
});

describe('a config that breaks the specification is refused', () => {
  test.each([
    [[], 'the image config is not an object'],
    [{}, 'rootfs of the image config is not an object'],
    [{ ...least, rootfs: { type: 'tree', diff_ids: [] } }, 'rootfs of the image config is not of type layers'],
    [{ ...least, rootfs: { type: 'layers', diff_ids: {} } }, 'diff_ids of the image config is not a list'],
    [{ ...least, rootfs: { type: 'layers', diff_ids: ['../x'] } }, '"../x" is not a digest'],
    [{ ...least, architecture: undefined }, 'architecture of the image config is not a string'],
    [{ ...least, os: 1 }, 'os of the image config is not a string'],
    [{ ...least, variant: 7 }, 'variant of the image config is not a string'],
    [{ ...least, os: '\u001b[2J' }, 'os of the image config is not a part of a platform: "\\u001b[2J"'],
    [{ ...least, variant: 'a/b' }, 'variant of the image config is not a part of a platform: "a/b"'],
    [
      { ...least, architecture: 'x'.repeat(1000) },
      `architecture of the image config is not a part of a platform: "${'x'.repeat(119)}…`,
    ],
    [{ ...least, config: [] }, 'config of the image config is not an object'],
    [{ ...least, config: { Cmd: 'sh -c x' } }, 'Cmd of the image config is not a list'],
    [{ ...least, config: { Entrypoint: [1] } }, 'an item of Entrypoint of the image config is not a string'],
    [{ ...least, config: { Env: { A: 'b' } } }, 'Env of the image config is not a list'],
    [{ ...least, config: { Volumes: ['/data'] } }, 'Volumes of the image config is not an object'],
    [{ ...least, config: { Labels: { a: null } } }, '"a" of Labels of the image config is not a string'],
    [{ ...least, config: { Healthcheck: [] } }, 'Healthcheck of the image config is not an object'],
    [{ ...least, config: { Healthcheck: { Test: 'true' } } }, 'Test of Healthcheck of the image config is not a list'],
    [
      { ...least, config: { Healthcheck: { Test: ['CMD', 'a\0b'] } } },
      'Test of Healthcheck of the image config has a NUL in it',
    ],
    [
      { ...least, config: { Healthcheck: { Interval: -1 } } },
      'Interval of Healthcheck of the image config is not a number from 0',
    ],
    [
      { ...least, config: { Healthcheck: { Retries: 1.5 } } },
      'Retries of Healthcheck of the image config is not a number from 0',
    ],
    [
      { ...least, config: { Healthcheck: { Timeout: 1e30 } } },
      'Timeout of Healthcheck of the image config is not a number from 0',
    ],
    [{ ...least, config: { WorkingDir: false } }, 'WorkingDir of the image config is not a string'],
  ])('%j', (value, message) => {
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'corrupt', message }));
  });
});
