import { expect, test } from 'vitest';
import type { Resources } from '../spec/types.ts';
import { compileResources } from './compile-resources.ts';
import type { Hierarchy } from './hierarchy.ts';
import { missingControllers, neededControllers } from './missing-controllers.ts';

const hybrid: Hierarchy = {
  path: '/sys/fs/cgroup/unified',
  controllers: new Set(['hugetlb']),
  heldByV1: new Set(['memory', 'pids', 'cpu', 'blkio']),
};
const pure: Hierarchy = {
  path: '/sys/fs/cgroup',
  controllers: new Set(['cpuset', 'cpu', 'io', 'memory', 'pids']),
  heldByV1: new Set(),
};
const missing = (resources: Resources, hierarchy: Hierarchy) =>
  missingControllers(compileResources(resources), hierarchy);

test('a host with every controller lacks none', () => {
  const all: Resources = {
    memory: { limit: 1 },
    pids: { limit: 1 },
    cpu: { shares: 9, cpus: '0' },
    blockIO: { weight: 9 },
  };
  expect(missing(all, pure)).toBeUndefined();
});

test('one missing controller is named with its flag, and with the way out of a hybrid host', () => {
  const error = missing({ memory: { limit: 1 << 20 } }, hybrid);
  expect(error?.code).toBe('unsupported');
  expect(error?.message).toBe('this host cannot enforce --memory: its cgroup v2 tree lacks the controller memory');
  expect(error?.hint).toBe(
    'cgroup v1 holds memory: boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all; for development see npm run demo:vm',
  );
});

test('several missing controllers make one error that names each limit once', () => {
  const throttled = [
    { major: 8, minor: 0, rate: 1 },
    { major: 8, minor: 16, rate: 1 },
  ];
  const error = missing(
    { pids: { limit: 5 }, cpu: { shares: 9 }, blockIO: { throttleReadBpsDevice: throttled } },
    hybrid,
  );
  expect(error?.message).toBe(
    'this host cannot enforce --cpu-shares, --pids-limit and --device-read-bps: ' +
      'its cgroup v2 tree lacks the controllers cpu, pids and io',
  );
  expect(error?.hint).toMatch(/^cgroup v1 holds cpu, pids and io: /);
});

test('a controller that the kernel does not have at all is not blamed on version 1', () => {
  const error = missing({ unified: { 'rdma.max': 'x' } }, pure);
  expect(error?.message).toBe(
    'this host cannot enforce unified rdma.max: its cgroup v2 tree lacks the controller rdma',
  );
  expect(error?.hint).toBe('the kernel was built without, or booted with cgroup_disable=');
});

test('an unlimited amount and a file of every cgroup need no controller', () => {
  const resources: Resources = { memory: { limit: -1 }, pids: { limit: -1 }, unified: { 'cgroup.max.depth': '2' } };
  expect(missing(resources, hybrid)).toBeUndefined();
  expect(neededControllers(compileResources(resources))).toEqual([]);
});
