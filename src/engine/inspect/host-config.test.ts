import { expect, test } from 'vitest';
import { plainOptions } from '../../spec/plain-options.ts';
import type { BindMount, RunOptions } from '../../spec/run-options.ts';
import type { Spec } from '../../spec/types.ts';
import { hostConfig } from './host-config.ts';

const bind: BindMount = {
  type: 'bind',
  source: '/a',
  target: '/b',
  readOnly: false,
  recursive: true,
  mustExist: false,
};
const of = (options: Partial<RunOptions>) => hostConfig({ ...plainOptions, ...options }, undefined);

test('a container that asks for nothing has Docker’s defaults', () => {
  expect(of({})).toMatchObject({
    Binds: null,
    NetworkMode: 'default',
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    CgroupnsMode: 'private',
    IpcMode: 'private',
    PidMode: '',
    UTSMode: '',
    SecurityOpt: null,
    ShmSize: 67_108_864,
    MemorySwap: 0,
    PidsLimit: null,
    Ulimits: null,
    Devices: [],
    MaskedPaths: null,
  });
});

test('limits are in Docker’s units', () => {
  expect(of({ memory: 1000, cpus: 0.1, pidsLimit: -1 })).toMatchObject({
    Memory: 1000,
    MemorySwap: 2000,
    NanoCpus: 100_000_000,
    PidsLimit: -1,
  });
  expect(of({ memory: 1000, memorySwap: -1 })).toMatchObject({ MemorySwap: -1 });
});

test('what -v bound stands in Binds, what --mount bound in Mounts', () => {
  const mounts = [
    bind,
    { ...bind, readOnly: true, propagation: 'rslave' as const },
    { ...bind, mustExist: true, target: '/c' },
    { ...bind, mustExist: true, readOnly: true, recursive: false, propagation: 'shared' as const },
  ];
  expect(of({ mounts })).toMatchObject({
    Binds: ['/a:/b', '/a:/b:ro,rslave'],
    Mounts: [
      { Type: 'bind', Source: '/a', Target: '/c' },
      {
        Type: 'bind',
        Source: '/a',
        Target: '/b',
        ReadOnly: true,
        BindOptions: { Propagation: 'shared', NonRecursive: true },
      },
    ],
  });
});

test('security options are told as they were given', () => {
  const securityOpt = { noNewPrivileges: true, seccomp: { path: '/p.json' }, systemPathsUnconfined: true };
  expect(of({ securityOpt })).toMatchObject({
    SecurityOpt: ['no-new-privileges', 'seccomp=/p.json', 'systempaths=unconfined'],
  });
});

test('the paths that are hidden are those of the container', () => {
  const linux = { maskedPaths: ['/proc/kcore'], readonlyPaths: ['/proc/sys'] };
  expect(hostConfig(plainOptions, { linux } as unknown as Spec)).toMatchObject({
    MaskedPaths: ['/proc/kcore'],
    ReadonlyPaths: ['/proc/sys'],
  });
});
