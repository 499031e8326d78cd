import { expect, test } from 'vitest';
import type { ExecutionConfig } from '../../image/config.ts';
import { plainOptions } from '../../spec/plain-options.ts';
import type { RunOptions } from '../../spec/run-options.ts';
import { containerConfig } from './container-config.ts';

const image: ExecutionConfig = {
  User: 'web',
  Env: ['PATH=/bin', 'A=image', 'GONE=1'],
  Entrypoint: ['/entry'],
  Cmd: ['serve'],
  Volumes: ['/z', '/data'],
  ExposedPorts: ['80/tcp'],
  WorkingDir: '/srv',
  Labels: { b: 'image', a: 'image' },
  StopSignal: 'SIGQUIT',
  Healthcheck: { Test: ['CMD', 'probe'], Interval: 7e9, Retries: 2 },
};
const of = (options: Partial<RunOptions>, from: ExecutionConfig = image) =>
  containerConfig({ ...plainOptions, ...options }, from, { image: 'web', hostname: 'host' });

test('what nobody asked for is the image’s', () => {
  expect(of({})).toMatchObject({
    Hostname: 'host',
    User: 'web',
    AttachStdin: false,
    AttachStdout: true,
    Env: ['PATH=/bin', 'A=image', 'GONE=1'],
    Cmd: ['serve'],
    Entrypoint: ['/entry'],
    Image: 'web',
    Volumes: new Map([
      ['/data', {}],
      ['/z', {}],
    ]),
    WorkingDir: '/srv',
    Labels: new Map([
      ['a', 'image'],
      ['b', 'image'],
    ]),
    StopSignal: 'SIGQUIT',
    Healthcheck: image.Healthcheck,
  });
});

test('what was asked for replaces it', () => {
  const asked = of({
    user: '7',
    env: ['A=own', 'GONE', 'B=1', 'B=2'],
    command: ['go'],
    labels: { b: 'own' },
    stopSignal: 'SIGINT',
    stopTimeout: 3,
    workdir: '/w',
    attach: ['stderr'],
  });
  expect(asked).toMatchObject({
    User: '7',
    Env: ['A=own', 'B=2', 'PATH=/bin'],
    Cmd: ['go'],
    Entrypoint: ['/entry'],
    AttachStdout: false,
    AttachStderr: true,
    StopSignal: 'SIGINT',
    StopTimeout: 3,
    WorkingDir: '/w',
  });
  expect((asked.Labels as Map<string, string>).get('b')).toBe('own');
});

test('an entrypoint does away with the image’s command, an empty one with both', () => {
  expect(of({ entrypoint: ['sh'] })).toMatchObject({ Entrypoint: ['sh'], Cmd: null });
  expect(of({ entrypoint: [], command: ['x'] })).toMatchObject({ Entrypoint: null, Cmd: ['x'] });
});

test('a health check is told as it was said, in nanoseconds', () => {
  expect(of({ health: 'none' }).Healthcheck).toEqual({ Test: ['NONE'] });
  expect(of({ health: { interval: 1000, test: ['CMD-SHELL', 'x'] } }).Healthcheck).toEqual({
    Test: ['CMD-SHELL', 'x'],
    Interval: 1e9,
    Retries: 2,
  });
  expect(of({}, {})).not.toHaveProperty('Healthcheck');
});
