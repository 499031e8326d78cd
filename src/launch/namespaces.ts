// Namespaces (config-linux.md, "Namespaces"; namespaces(7)): new ones by the flags of one clone3(2), existing ones by
// setns(2) before it. The clone also places the process in its cgroup, so that no instant of it runs unlimited.
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import type { NamespaceType, Spec } from '../spec/types.ts';
import { here } from './paths.ts';
import { flags, memory, type ProgramBuilder } from './program.ts';

const cloneFlag: Readonly<Record<Exclude<NamespaceType, 'time'>, readonly [string, number]>> = {
  user: ['CLONE_NEWUSER', k.CLONE_NEWUSER],
  mount: ['CLONE_NEWNS', k.CLONE_NEWNS],
  pid: ['CLONE_NEWPID', k.CLONE_NEWPID],
  network: ['CLONE_NEWNET', k.CLONE_NEWNET],
  ipc: ['CLONE_NEWIPC', k.CLONE_NEWIPC],
  uts: ['CLONE_NEWUTS', k.CLONE_NEWUTS],
  cgroup: ['CLONE_NEWCGROUP', k.CLONE_NEWCGROUP],
};

/** The flag of clone(2) and setns(2). Throws `unsupported`. */
export function namespaceFlag(type: NamespaceType): readonly [string, number] {
  if (type === 'time') throw new TsdockerError('unsupported', 'time namespaces are not supported yet');
  return cloneFlag[type];
}

/** Joining a user namespace gives up the right to join those it does not own, so it comes last. */
const joinOrder: readonly NamespaceType[] = ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup', 'user'];

/** Host program: joins, then the clone that is the container's first process. @param cgroup The cgroup's folder. */
export function cloneIntoNamespaces(program: ProgramBuilder, spec: Spec, cgroup: string): void {
  program.group('namespaces and cgroup');
  const { namespaces } = spec.linux;
  const joined = namespaces.filter(({ path }) => path !== undefined);
  for (const type of joinOrder) {
    const path = joined.find((namespace) => namespace.type === type)?.path;
    if (path === undefined) continue;
    const open = flags(['O_RDONLY', k.O_RDONLY], ['O_CLOEXEC', k.O_CLOEXEC]);
    const namespace = program.call(`opening the ${type} namespace ${path}`, 'openat', [here, path, open, 0], {
      as: type,
    });
    program.call(`joining the ${type} namespace`, 'setns', [namespace, flags(namespaceFlag(type))]);
  }
  const fresh = namespaces.filter(({ path }) => path === undefined).map(({ type }) => namespaceFlag(type));
  cloneIntoCgroup(program, 'cloning the container’s first process', cgroup, fresh);
}

/**
 * Host program: the clone that is a process of the container, with the shim as its parent, in a cgroup from its first instant.
 * @param before What comes between, when the cgroup has been opened by its path on the host.
 */
export function cloneIntoCgroup(
  program: ProgramBuilder,
  why: string,
  cgroup: string,
  fresh: readonly (readonly [string, number])[],
  before: () => void = () => {},
): void {
  const all = flags(...fresh, ['CLONE_PARENT', k.CLONE_PARENT], ['CLONE_INTO_CGROUP', k.CLONE_INTO_CGROUP]);
  // struct clone_args: the cgroup's descriptor is its last word, filled by the step that opens it.
  const rest = Array.from({ length: 10 }, () => [8, 0] as const);
  const args = memory(`{flags=${all.text}, cgroup=<cgroup>}`, [8, all.value], ...rest);
  program.group('namespaces and cgroup');
  program.call(
    `opening the cgroup ${cgroup}`,
    'openat',
    [here, cgroup, flags(['O_PATH', k.O_PATH], ['O_DIRECTORY', k.O_DIRECTORY], ['O_CLOEXEC', k.O_CLOEXEC]), 0],
    { as: 'cgroup', store: { memory: args, at: 80 } },
  );
  before();
  program.call(why, 'clone3', [args, 88], { as: 'pid', branch: true });
}

/** The namespace that is joined, where the container has a user namespace. */
export function userNamespacePath(spec: Spec): string | undefined {
  return spec.linux.namespaces.find(({ type }) => type === 'user')?.path;
}

/** Container program in a user namespace: until here the process is nobody in it. */
export function becomeNamespaceRoot(program: ProgramBuilder): void {
  program.group('user namespace');
  program.call('becoming group 0 of the user namespace', 'setresgid', [0, 0, 0]);
  program.call('becoming user 0 of the user namespace', 'setresuid', [0, 0, 0]);
}

/** Container program: names, and a loopback interface that is up. */
export function nameHost(program: ProgramBuilder, spec: Spec): void {
  const fresh = (type: NamespaceType): boolean =>
    spec.linux.namespaces.some((namespace) => namespace.type === type && namespace.path === undefined);
  program.group('host name');
  if (fresh('uts') && spec.hostname !== undefined) {
    program.call('setting the host name', 'sethostname', [spec.hostname, Buffer.byteLength(spec.hostname)]);
  }
  if (fresh('uts') && spec.domainname !== undefined) {
    program.call('setting the domain name', 'setdomainname', [spec.domainname, Buffer.byteLength(spec.domainname)]);
  }
  if (!fresh('network')) return;
  program.group('network');
  const socket = program.call(
    'opening a socket to configure the network with',
    'socket',
    [flags(['AF_INET', k.AF_INET]), flags(['SOCK_DGRAM', k.SOCK_DGRAM], ['SOCK_CLOEXEC', k.SOCK_CLOEXEC]), 0],
    { as: 'socket' },
  );
  // struct ifreq: a name of 16 bytes, then a union of 24; IFF_UP is 1 (netdevice(7)).
  const request = memory('{"lo", IFF_UP}', 'lo', new Uint8Array(13), [2, 1], new Uint8Array(22));
  program.call('bringing up the loopback interface', 'ioctl', [
    socket,
    flags(['SIOCSIFFLAGS', k.SIOCSIFFLAGS]),
    request,
  ]);
}
