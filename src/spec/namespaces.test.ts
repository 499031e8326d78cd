import { expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { namespacesOf } from './namespaces.ts';

const all = ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'];
const without = (...names: string[]): string[] => all.filter((name) => !names.includes(name));
const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

const cases: [string, Parameters<typeof optionsWith>[0], string[]][] = [
  ['nothing', {}, all],
  ['no network', { network: 'none' }, all],
  ['the host’s network', { network: 'host' }, without('network')],
  ['the host’s processes', { pid: 'host' }, without('pid')],
  ['the host’s ipc', { ipc: 'host' }, without('ipc')],
  ['an ipc that can be shared', { ipc: 'shareable' }, all],
  ['no ipc', { ipc: 'none' }, all],
  ['the host’s name', { uts: 'host' }, without('uts')],
  ['the host’s cgroups', { cgroupns: 'host' }, without('cgroup')],
  ['everything of the host', { network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' }, ['mount']],
  ['all privileges', { privileged: true }, all],
  ['other owners', { uidMap: map, gidMap: map }, [...all, 'user']],
];
test.each(cases)('a container that asks for %s', (_, options, expected) => {
  expect(namespacesOf(optionsWith(options))).toEqual(expected.map((type) => ({ type })));
});
