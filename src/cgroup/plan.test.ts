import { expect, test } from 'vitest';
import { allDeviceRules, defaultDeviceRules } from '../spec/default-devices.ts';
import { compileDevices } from './devices.ts';
import type { Hierarchy } from './hierarchy.ts';
import { planCgroup } from './plan.ts';

const hierarchy: Hierarchy = { path: '/tree', controllers: new Set(['pids']), heldByV1: new Set() };

test('a plan holds the tree, the writes and the device program', () => {
  const plan = planCgroup({ pids: { limit: 3 }, devices: defaultDeviceRules }, hierarchy);
  expect(plan).toEqual({
    hierarchy,
    limits: [{ name: '--pids-limit', controller: 'pids', file: 'pids.max', value: '3' }],
    devices: compileDevices(defaultDeviceRules),
  });
});

test.each([
  ['no list', undefined],
  ['an empty list', []],
  ['the list of a privileged container', allDeviceRules],
  ['a list that ends by allowing all', [{ allow: false }, { allow: true, type: 'a', major: -1, minor: -1 } as const]],
])('%s of device rules needs no program', (_, devices) => {
  expect(planCgroup(devices === undefined ? {} : { devices }, hierarchy).devices).toBeUndefined();
});

test.each([
  ['all but making', [{ allow: true, access: 'rw' }]],
  ['all of one kind', [{ allow: true, type: 'c' } as const]],
  ['a denial', [{ allow: true }, { allow: false, type: 'b', major: 8 } as const]],
])('a list that ends with %s needs a program', (_, devices) => {
  expect(planCgroup({ devices }, hierarchy).devices).toEqual(compileDevices(devices));
});

test('a controller that the tree lacks is thrown', () => {
  expect(() => planCgroup({ memory: { limit: 1 } }, hierarchy)).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  );
});
