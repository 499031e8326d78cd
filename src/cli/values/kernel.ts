// --ulimit, --sysctl, --uidmap, --security-opt, --stop-signal: words of the kernel's.
import { constants } from 'node:os';
import { joinedContainer } from '../../spec/networks.ts';
import type { RunOptions, SecurityOptions, Ulimit } from '../../spec/run-options.ts';
import type { IdMapping } from '../../spec/types.ts';
import { refuseValue } from './refuse.ts';

/** getrlimit(2). */
const resources = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack as'.split(' '),
);

/** `name=soft[:hard]`; -1 is unlimited. */
export function parseUlimit(value: string): Ulimit {
  const [, name = '', softText = '', hardText] = /^([a-z]+)=(-1|\d+)(?::(-1|\d+))?$/.exec(value) ?? [];
  if (name === '') refuseValue('ulimit', value, 'is not a limit', 'write it as nofile=1024:2048');
  if (!resources.has(name)) {
    refuseValue('ulimit', value, `names the unknown resource ${name}`, `known: ${[...resources].join(', ')}`);
  }
  const soft = Number(softText);
  const hard = hardText === undefined ? soft : Number(hardText);
  if (hard !== -1 && (soft === -1 || soft > hard)) refuseValue('ulimit', value, 'has a soft limit above the hard one');
  return { name, soft, hard };
}

const ofIpc = /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;

/** Only settings that a namespace has for itself; what is set on a shared one would be set for the host. */
export function parseSysctls(
  values: readonly string[],
  shares: Pick<RunOptions, 'network' | 'ipc' | 'uts'>,
): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf('=');
      const name = value.slice(0, equals).replaceAll('/', '.');
      if (equals <= 0 || !/^[a-z0-9_.*-]+$/i.test(name) || name.includes('..')) {
        refuseValue('sysctl', value, 'is not a setting', 'write it as net.ipv4.ip_forward=1');
      }
      const shared = (what: string): never =>
        refuseValue('sysctl', value, `would change the host’s, as the ${what} is shared`);
      if (name.startsWith('net.')) {
        if (shares.network === 'host') shared('network');
        if (joinedContainer(shares.network) !== undefined) {
          refuseValue('sysctl', value, 'would change another container’s, as the network is shared');
        }
      } else if (ofIpc.test(name)) {
        if (shares.ipc === 'host') shared('IPC namespace');
      } else if (name === 'kernel.domainname' || name === 'kernel.hostname') {
        if (shares.uts === 'host') shared('host name');
      } else
        refuseValue(
          'sysctl',
          value,
          'is the whole host’s setting',
          'net.*, kernel.msg*, kernel.sem, kernel.shm* and fs.mqueue.* can be set',
        );
      return [name, value.slice(equals + 1)];
    }),
  );
}

/** `CONTAINER:HOST:SIZE`. */
export function parseIdMap(flag: string, value: string): IdMapping {
  const [, container, host, size] = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(value) ?? [];
  const mapping = { containerID: Number(container), hostID: Number(host), size: Number(size) };
  const last = 2 ** 32 - 2;
  const fits =
    mapping.size > 0 && mapping.containerID + mapping.size - 1 <= last && mapping.hostID + mapping.size - 1 <= last;
  if (size === undefined || !fits) refuseValue(flag, value, 'is not a map of ids', 'write it as 0:100000:65536');
  return mapping;
}

export function parseSecurityOptions(values: readonly string[]): SecurityOptions {
  let options: SecurityOptions = { noNewPrivileges: false, seccomp: 'default', systemPathsUnconfined: false };
  for (const value of values) {
    const [, name = value, setting] = /^([^=:]+)[=:](.*)$/.exec(value) ?? [];
    if (name === 'no-new-privileges' && (setting === undefined || setting === 'true' || setting === 'false')) {
      options = { ...options, noNewPrivileges: setting !== 'false' };
    } else if (name === 'seccomp' && setting !== undefined && setting !== '') {
      options = {
        ...options,
        seccomp: setting === 'builtin' ? 'default' : setting === 'unconfined' ? setting : { path: setting },
      };
    } else if (name === 'systempaths' && setting === 'unconfined')
      options = { ...options, systemPathsUnconfined: true };
    // Nothing is confined by these two here, so asking for that is granted.
    else if (!((name === 'apparmor' && setting === 'unconfined') || (name === 'label' && setting === 'disable'))) {
      refuseValue(
        'security-opt',
        value,
        'is not known',
        'known: no-new-privileges, seccomp=unconfined, seccomp=FILE, systempaths=unconfined',
      );
    }
  }
  return options;
}

/** Those that the C library leaves to programs (signal(7), "Real-time signals"). */
const realTime = { MIN: 34, MAX: 64 } as const;

/** The number of `RTMIN+3`, `SIGRTMAX-1` or `37`. */
function realTimeNumber(word: string): number | undefined {
  const [, digits, end, distance = '0'] = /^(?:(\d+)|(?:SIG)?RT(MIN|MAX)([+-]\d{1,2})?)$/.exec(word) ?? [];
  const number = end === undefined ? Number(digits) : realTime[end as keyof typeof realTime] + Number(distance);
  return number >= realTime.MIN && number <= realTime.MAX ? number : undefined;
}

/** A signal's name with or without SIG, or its number; returned as `SIGTERM`, or `SIGRTMIN+3`. */
export function parseSignal(flag: string, value: string): string {
  const wanted = value.toUpperCase();
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === wanted || name === `SIG${wanted}` || String(number) === value,
  );
  const number = realTimeNumber(wanted);
  if (number !== undefined) return `SIGRTMIN${number === realTime.MIN ? '' : `+${number - realTime.MIN}`}`;
  return found?.[0] ?? refuseValue(flag, value, 'is not a signal', 'write it as TERM, SIGRTMIN+3 or 15');
}
