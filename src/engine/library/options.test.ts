import { expect, test } from 'vitest';
import { plainOptions } from '../../spec/plain-options.ts';
import { environmentOf, joined, runOptionsOf } from './options.ts';

const none = { plainHttp: [], mirrors: {} };
const options = (given: Parameters<typeof runOptionsOf>[2]) => runOptionsOf('image', ['true'], given, none);

test('what is left out or undefined is as on the command line without a flag', () => {
  expect(options({})).toEqual({ ...plainOptions, image: 'image', command: ['true'] });
  expect(options({ memory: undefined, name: undefined, log: { maxSize: undefined } as never })).toEqual(options({}));
});

test('awkward values have a friendlier form', () => {
  const made = options({
    env: { A: 'b=c', B: undefined },
    mounts: [
      { type: 'bind', source: '/from', target: '/to' },
      { type: 'tmpfs', target: '/tmp' },
    ],
    restart: 'always',
    health: { test: 'curl localhost', interval: 1000 },
    securityOpt: { noNewPrivileges: true },
    registries: { plainHttp: ['here:5000'] },
    uidMap: [{ containerID: 0, hostID: 1000, size: 10 }],
  });
  expect(made).toMatchObject({
    env: ['A=b=c', 'B'],
    mounts: [
      { type: 'bind', source: '/from', target: '/to', readOnly: false, recursive: true, mustExist: true },
      { type: 'tmpfs', target: '/tmp', options: [] },
    ],
    restart: { name: 'always', maximum: 0 },
    health: { test: ['CMD-SHELL', 'curl localhost'], interval: 1000 },
    securityOpt: { noNewPrivileges: true, seccomp: 'default' },
    registries: { plainHttp: ['here:5000'] },
    gidMap: [{ containerID: 0, hostID: 1000, size: 10 }],
  });
  expect(options({ health: { test: ['a', 'b'] } }).health).toEqual({ test: ['CMD', 'a', 'b'] });
  expect(options({ health: 'none' }).health).toBe('none');
});

test('a name that is no variable’s is refused', () => {
  expect(() => environmentOf({ '': 'x' })).toThrow('is not the name of an environment variable');
  expect(() => environmentOf({ 'A=B': 'x' })).toThrow('is not the name of an environment variable');
});

test('a NUL is refused wherever it stands', () => {
  for (const given of [{ labels: { 'a\0': 'b' } }, { entrypoint: ['a', '\0'] }, { hostname: 'a\0' }]) {
    expect(() => options(given)).toThrow('has a NUL character in it');
  }
  expect(() => runOptionsOf('image', ['a\0b'], {}, none)).toThrow('has a NUL character in it');
});

test('registries of a call come beside those of the engine', () => {
  const engine = { plainHttp: ['a'], mirrors: { x: ['1'] } };
  expect(joined(engine, { plainHttp: ['b'], mirrors: { y: ['2'] } })).toEqual({
    plainHttp: ['a', 'b'],
    mirrors: { x: ['1'], y: ['2'] },
  });
});
