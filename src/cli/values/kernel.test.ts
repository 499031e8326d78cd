import { describe, expect, test } from 'vitest';
import { parseIdMap, parseSecurityOptions, parseSignal, parseSysctls, parseUlimit } from './kernel.ts';

describe('parseUlimit', () => {
  test.each([
    ['nofile=1024', 1024, 1024],
    ['nofile=1024:2048', 1024, 2048],
    ['nofile=-1', -1, -1],
    ['nofile=5:-1', 5, -1],
    ['nofile=0', 0, 0],
  ])('takes %j', (value, soft, hard) => {
    expect(parseUlimit(value)).toEqual({ name: 'nofile', soft, hard });
  });

  test.each([
    ['', 'is not a limit'],
    ['nofile', 'is not a limit'],
    ['nofile=', 'is not a limit'],
    ['nofile=a', 'is not a limit'],
    ['nofile=1:2:3', 'is not a limit'],
    ['NOFILE=5', 'is not a limit'],
    ['files=5', 'names the unknown resource files'],
    ['nofile=2048:1024', 'has a soft limit above the hard one'],
    ['nofile=-1:5', 'has a soft limit above the hard one'],
  ])('refuses %j', (value, message) => {
    expect(() => parseUlimit(value)).toThrow(message);
  });
});

describe('parseSysctls', () => {
  const own = { network: 'none', ipc: 'private', uts: 'private' } as const;

  test('takes what belongs to a namespace', () => {
    expect(
      parseSysctls(['net.ipv4.ip_forward=1', 'kernel.shmmax=9', 'fs.mqueue.msg_max=5', 'net/core/somaxconn=7'], own),
    ).toEqual({
      'net.ipv4.ip_forward': '1',
      'kernel.shmmax': '9',
      'fs.mqueue.msg_max': '5',
      'net.core.somaxconn': '7',
    });
    expect(parseSysctls(['net.ipv4.tcp_rmem=1 2 3', 'net.x.y=a=b', 'net.x.y=c'], own)).toEqual({
      'net.ipv4.tcp_rmem': '1 2 3',
      'net.x.y': 'c',
    });
  });

  test.each([
    ['net.ipv4.ip_forward=1', { ...own, network: 'host' as const }, 'as the network is shared'],
    ['kernel.msgmax=1', { ...own, ipc: 'host' as const }, 'as the IPC namespace is shared'],
    ['fs.mqueue.msg_max=1', { ...own, ipc: 'host' as const }, 'as the IPC namespace is shared'],
    ['kernel.domainname=x', { ...own, uts: 'host' as const }, 'as the host name is shared'],
    ['vm.swappiness=1', own, 'is the whole host’s setting'],
    ['kernel.core_pattern=|/x', own, 'is the whole host’s setting'],
    ['kernel.msgmaxx=1', own, 'is the whole host’s setting'],
    ['netx.y=1', own, 'is the whole host’s setting'],
    ['net.ipv4', own, 'is not a setting'],
    ['=1', own, 'is not a setting'],
    ['', own, 'is not a setting'],
    ['net.ipv4/../../kernel/core_pattern=x', own, 'is not a setting'],
    ['net. x=1', own, 'is not a setting'],
  ])('refuses %j', (value, shares, message) => {
    expect(() => parseSysctls([value], shares)).toThrow(message);
  });
});

describe('parseIdMap', () => {
  test('takes CONTAINER:HOST:SIZE', () => {
    expect(parseIdMap('uidmap', '0:100000:65536')).toEqual({ containerID: 0, hostID: 100_000, size: 65_536 });
    expect(parseIdMap('uidmap', '0:0:4294967295')).toEqual({ containerID: 0, hostID: 0, size: 2 ** 32 - 1 });
  });

  test.each([
    '',
    '0',
    '0:1',
    '0:1:0',
    '0:1:-1',
    'a:1:1',
    '0:1:2:3',
    '0:1:4294967295',
    '4294967295:0:1',
    '0:99999999999:1',
  ])('refuses %j', (value) => {
    expect(() => parseIdMap('uidmap', value)).toThrow('of --uidmap is not a map of ids');
  });
});

describe('parseSecurityOptions', () => {
  const usual = { noNewPrivileges: false, seccomp: 'default', systemPathsUnconfined: false };

  test.each([
    [[], usual],
    [['no-new-privileges'], { ...usual, noNewPrivileges: true }],
    [['no-new-privileges:true'], { ...usual, noNewPrivileges: true }],
    [['no-new-privileges', 'no-new-privileges=false'], usual],
    [['seccomp=unconfined'], { ...usual, seccomp: 'unconfined' }],
    [['seccomp:unconfined', 'seccomp=builtin'], usual],
    [['seccomp=./a=b.json'], { ...usual, seccomp: { path: './a=b.json' } }],
    [['systempaths=unconfined', 'apparmor=unconfined', 'label=disable'], { ...usual, systemPathsUnconfined: true }],
  ])('takes %j', (values, expected) => {
    expect(parseSecurityOptions(values)).toEqual(expected);
  });

  test.each(['', 'foo', 'foo=bar', 'seccomp', 'seccomp=', 'no-new-privileges=x', 'systempaths=x', 'apparmor=mine'])(
    'refuses %j',
    (value) => {
      expect(() => parseSecurityOptions([value])).toThrow(
        `the value ${JSON.stringify(value)} of --security-opt is not known`,
      );
    },
  );
});

describe('parseSignal', () => {
  test.each([
    ['SIGTERM', 'SIGTERM'],
    ['term', 'SIGTERM'],
    ['15', 'SIGTERM'],
    ['9', 'SIGKILL'],
    ['SIGRTMIN+3', 'SIGRTMIN+3'],
    ['rtmin', 'SIGRTMIN'],
    ['RTMAX-14', 'SIGRTMIN+16'],
    ['RTMAX', 'SIGRTMIN+30'],
    ['37', 'SIGRTMIN+3'],
  ])('takes %j as %s', (value, expected) => {
    expect(parseSignal('stop-signal', value)).toBe(expected);
  });

  test.each(['', '0', '65', '-1', 'SIG', 'FOO', 'RTMIN+31', 'RTMIN-1', 'RTMAX+1', 'toString', '0x25'])(
    'refuses %j',
    (value) => {
      expect(() => parseSignal('stop-signal', value)).toThrow('of --stop-signal is not a signal');
    },
  );
});
