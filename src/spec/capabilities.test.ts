import { expect, test } from 'vitest';
import { capabilitySets, chooseCapabilities, defaultCapabilities } from './capabilities.ts';

const known = [...defaultCapabilities, 'CAP_NET_ADMIN', 'CAP_SYS_ADMIN', 'CAP_SYS_RESOURCE'];
const without = (...names: string[]) => defaultCapabilities.filter((name) => !names.includes(name));

test('a container has the default set of 14', () => {
  expect(chooseCapabilities({ known })).toEqual(defaultCapabilities);
  expect(defaultCapabilities).toHaveLength(14);
});

test.each([
  [{ add: ['NET_ADMIN'] }, [...defaultCapabilities, 'CAP_NET_ADMIN']],
  [{ add: ['cap_net_admin', 'Net_Admin', 'chown'] }, [...defaultCapabilities, 'CAP_NET_ADMIN']],
  [{ drop: ['MKNOD', 'CAP_KILL'] }, without('CAP_MKNOD', 'CAP_KILL')],
  [{ drop: ['NET_ADMIN'] }, defaultCapabilities],
  [{ add: ['MKNOD'], drop: ['MKNOD'] }, [...without('CAP_MKNOD'), 'CAP_MKNOD']],
  [{ drop: ['ALL'] }, []],
  [{ drop: ['all'], add: ['CHOWN'] }, ['CAP_CHOWN']],
  [{ add: ['ALL'] }, known],
  [{ add: ['ALL'], drop: ['SYS_ADMIN'] }, known.filter((name) => name !== 'CAP_SYS_ADMIN')],
  [{ add: ['ALL'], drop: ['ALL'] }, known],
  [{ privileged: true, drop: ['CHOWN'] }, known],
])('%o leaves %j', (choice, expected) => {
  expect(chooseCapabilities({ ...choice, known })).toEqual(expected);
});

test('ALL is what the caller has itself', () => {
  const available = known.filter((name) => name !== 'CAP_SYS_RESOURCE');
  expect(chooseCapabilities({ add: ['ALL'], known, available })).toEqual(available);
  expect(chooseCapabilities({ privileged: true, known, available })).toEqual(available);
});

test('adding a capability that the caller has not itself is refused, dropping it is not', () => {
  const available = known.filter((name) => name !== 'CAP_SYS_RESOURCE');
  expect(() => chooseCapabilities({ add: ['SYS_RESOURCE'], known, available })).toThrow(
    'the capability CAP_SYS_RESOURCE is not available here',
  );
  expect(chooseCapabilities({ drop: ['SYS_RESOURCE'], known, available })).toEqual(defaultCapabilities);
});

test.each(['ROOT', '', 'CAP_', 'CAP_CAP_CHOWN'])('the name %j is refused', (name) => {
  expect(() => chooseCapabilities({ add: [name], known })).toThrow('unknown capability');
});

test('CVE-2022-24769: nothing is inheritable, and a process that is not root has no effective capability', () => {
  const names = ['CAP_CHOWN'];
  expect(capabilitySets(names, 0)).toEqual({
    bounding: names,
    effective: names,
    permitted: names,
    inheritable: [],
    ambient: [],
  });
  expect(capabilitySets(names, 1000)).toMatchObject({ bounding: names, effective: [], permitted: [], ambient: [] });
});
