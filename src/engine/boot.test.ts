import { expect, test } from 'vitest';
import { plainOptions } from '../spec/plain-options.ts';
import type { RestartPolicy } from '../spec/run-options.ts';
import type { BundleState, Ending } from '../store/bundles.ts';
import type { ContainerRecord } from '../store/containers.ts';
import { isPromised } from './boot.ts';

const ending: Ending = { exitCode: 0, oomKilled: false, startedAt: 1, finishedAt: 2, restarts: 0 };
const exited = (changes: Partial<Ending> = {}): BundleState => ({ status: 'exited', ...ending, ...changes });

function promised(name: RestartPolicy['name'], state: BundleState): boolean {
  const settings = {
    options: { ...plainOptions, restart: { name, maximum: 0 } },
    stopSignal: 'SIGTERM',
    imageId: '' as const,
    user: '',
    volumes: [],
    ports: [],
    exposed: [],
  };
  const record: ContainerRecord = {
    id: 'a'.repeat(64),
    name: 'web',
    image: 'web',
    createdAt: 1,
    command: [],
    imageDigest: '',
    chain: [],
    settings,
  };
  return isPromised({ record, state });
}

test.each([
  ['always', exited(), true],
  ['always', exited({ stopped: true }), true],
  ['always', { status: 'created' } as const, false],
  ['always', { status: 'running', pid: 1, startedAt: 1, restarts: 0 } as const, false],
  ['unless-stopped', exited({ exitCode: 255 }), true],
  ['unless-stopped', exited({ stopped: true }), false],
  ['on-failure', exited({ exitCode: 255 }), true],
  ['on-failure', exited({ exitCode: 0 }), false],
  ['on-failure', exited({ exitCode: 3, stopped: true }), false],
  ['no', exited({ exitCode: 255 }), false],
] as const)('after a boot, %s of a container in the state %j promises %j', (name, state, expected) => {
  expect(promised(name, state)).toBe(expected);
});
