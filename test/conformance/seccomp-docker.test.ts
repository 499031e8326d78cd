// Our default filter against the one that an installed Docker sets: a daemon of the test's own starts a container, and its
// filter is read back from the kernel. Debian 12 has Docker 20.10; what its profile does otherwise is listed by name.
import { accessSync, constants } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditArch } from '../../src/kernel/audit-arch.ts';
import { type Abi, syscallNumbers, x32Bit } from '../../src/kernel/syscalls/index.ts';
import { compileSeccomp } from '../../src/launch/seccomp/compile.ts';
import { defaultCapabilities } from '../../src/spec/capabilities.ts';
import { defaultSeccomp } from '../../src/spec/default-seccomp.ts';
import { nameVerdict, parseFilter, runFilter } from '../support/bpf.ts';
import { callNumbers, interestingArguments } from '../support/seccomp-calls.ts';
import { DockerPeer } from '../support/seccomp-peer.ts';

function missing(): string | undefined {
  if (process.arch !== 'x64') return 'the peer filters are compared on x86_64 only';
  for (const path of ['/usr/sbin/dockerd', '/usr/bin/docker', '/bin/busybox']) {
    try {
      accessSync(path, constants.X_OK);
    } catch {
      return `${path} is not installed`;
    }
  }
  return process.getuid!() === 0 ? undefined : 'root is needed';
}
const reason = missing();

let docker: DockerPeer;
beforeAll(async () => {
  if (reason === undefined) docker = await DockerPeer.start();
});
afterAll(() => docker?.[Symbol.asyncDispose]());

const names = new Map(
  (['x86_64', 'x32', 'i386'] as const).map((abi) => [
    abi as Abi,
    new Map([...syscallNumbers(abi)].map(([name, number]) => [number, name])),
  ]),
);
function callName(arch: number, nr: number): string {
  const abi = arch === auditArch.i386 ? 'i386' : nr >= x32Bit ? 'x32' : 'x86_64';
  return names.get(abi)?.get(abi === 'x32' ? nr - x32Bit : nr) ?? 'no such call';
}

/** `name: ours`, once for each call that differs on any ABI. */
function compare(ours: Uint8Array, theirs: Uint8Array, sets: readonly (readonly bigint[])[]): readonly string[] {
  const [our, their] = [parseFilter(ours), parseFilter(theirs)];
  const differences = new Set<string>();
  for (const call of callNumbers('x64')) {
    for (const args of sets) {
      const [one, other] = [runFilter(our, { ...call, args }).verdict, runFilter(their, { ...call, args }).verdict];
      if (one === other) continue;
      differences.add(`${callName(call.arch, call.nr)}: ${nameVerdict(one)}`);
    }
  }
  return [...differences].sort();
}

const eachIs = (verdict: string, calls: string) => calls.split(' ').map((name) => `${name}: ${verdict}`);

/** What Docker changed after 20.10, and what libseccomp 2.5.4 is too old to know. */
const since = {
  allowed: eachIs(
    'allow',
    'cachestat fchmodat2 futex_requeue futex_wait futex_wake getxattrat listmount listxattrat map_shadow_stack mseal ' +
      'pkey_alloc pkey_free pkey_mprotect process_vm_readv process_vm_writev removexattrat setxattrat statmount uretprobe',
  ),
  /** io_uring was closed for its many holes, and sockets of the kernel's cryptography and of hypervisors. */
  closed: eachIs('errno 1', 'io_uring_enter io_uring_register io_uring_setup socket'),
  /** The calls are newer than all that 20.10 knew, so its filter says ENOSYS; ours knows them and says no. */
  known: eachIs('errno 1', 'set_mempolicy_home_node'),
};
const securityModules = 'lsm_get_self_attr lsm_list_modules lsm_set_self_attr';

test.skipIf(reason !== undefined).each([
  ['the default set', [], defaultCapabilities, [...eachIs('errno 1', securityModules), 'name_to_handle_at: allow']],
  [
    'CAP_SYS_ADMIN',
    ['--cap-add=SYS_ADMIN'],
    [...defaultCapabilities, 'CAP_SYS_ADMIN'],
    eachIs('allow', securityModules),
  ],
] as const)(
  `a container of Docker 20.10 with %s has our filter, but for what is newer${reason === undefined ? '' : ` (${reason})`}`,
  async (_, flags, capabilities, more) => {
    const theirs = await docker.filterFor(...flags);
    const profile = defaultSeccomp({ capabilities, arch: 'x64', kernel: { major: 6, minor: 1 } });
    const { filter } = compileSeccomp(profile, { arch: 'x64' });
    const expected = [...Object.values(since).flat(), ...more].sort();
    expect(compare(filter, theirs, interestingArguments(profile))).toEqual(expected);
  },
);
