import { describe, expect, test } from 'vitest';
import { optionsWith } from '../../test/support/run-options.ts';
import { mountsOf, volumesOf } from './mounts.ts';
import type { BindMount, RunOptions, TmpfsMount } from './run-options.ts';
import type { Mount } from './types.ts';

const bind = (source: string, target: string, more: Partial<BindMount> = {}): BindMount => ({
  type: 'bind',
  source,
  target,
  readOnly: false,
  recursive: true,
  mustExist: false,
  ...more,
});
const tmpfs = (target: string, ...options: string[]): TmpfsMount => ({ type: 'tmpfs', target, options });
const own = (destination: string): Mount => ({
  destination,
  type: 'bind',
  source: `/bundle${destination}`,
  options: ['bind', 'rprivate'],
});

const table = (options: Partial<RunOptions>, ownMounts: readonly Mount[] = []): string[] =>
  mountsOf(optionsWith(options), ownMounts).map(
    ({ destination, type, source, options: words = [] }) => `${destination} ${type} ${source} ${words.join(',')}`,
  );
const line = (destination: string, options: Partial<RunOptions>, ownMounts: readonly Mount[] = []) =>
  table(options, ownMounts).find((text) => text.startsWith(`${destination} `));

describe('the mounts of a container', () => {
  test('are Docker’s, a folder before what lies in it', () => {
    expect(table({}, [own('/etc/hosts')]).join('\n')).toMatchInlineSnapshot(`
      "/proc proc proc nosuid,noexec,nodev
      /dev tmpfs tmpfs nosuid,strictatime,mode=755,size=65536k
      /dev/pts devpts devpts nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5
      /sys sysfs sysfs nosuid,noexec,nodev,ro
      /sys/fs/cgroup cgroup cgroup ro,nosuid,noexec,nodev
      /dev/mqueue mqueue mqueue nosuid,noexec,nodev
      /dev/shm tmpfs shm nosuid,noexec,nodev,mode=1777,size=67108864
      /etc/hosts bind /bundle/etc/hosts bind,rprivate"
    `);
  });

  test('of what is asked for follow the kernel’s, the shallow ones first and equals in the caller’s order', () => {
    const mounts = [bind('/1', '/a/b/c'), bind('/2', '/z'), tmpfs('/a/b'), bind('/3', '/b')];
    const places = mountsOf(optionsWith({ mounts }), [own('/etc/hosts')]).map(({ destination }) => destination);
    expect(places.slice(-5)).toEqual(['/z', '/b', '/etc/hosts', '/a/b', '/a/b/c']);
    expect(places.slice(0, -5)).toEqual(mountsOf(optionsWith({}), []).map(({ destination }) => destination));
  });

  const cases: [string, string, Partial<RunOptions>, string | undefined][] = [
    ['a bind', '/to', { mounts: [bind('/from', '/to')] }, '/to bind /from rbind,rprivate'],
    [
      'a bind to read',
      '/to',
      { mounts: [bind('/from', '/to', { readOnly: true })] },
      '/to bind /from rbind,rprivate,ro',
    ],
    [
      'a bind of one mount',
      '/to',
      { mounts: [bind('/from', '/to', { recursive: false })] },
      '/to bind /from bind,rprivate',
    ],
    [
      'a bind that spreads',
      '/to',
      { mounts: [bind('/from', '/to', { propagation: 'rshared' })] },
      '/to bind /from rbind,rshared',
    ],
    ['a tmpfs', '/to', { mounts: [tmpfs('/to')] }, '/to tmpfs tmpfs noexec,nosuid,nodev'],
    [
      'a tmpfs with a will of its own',
      '/to',
      { mounts: [tmpfs('/to', 'exec', 'size=1m')] },
      '/to tmpfs tmpfs noexec,nosuid,nodev,exec,size=1m',
    ],
    [
      'another size of /dev/shm',
      '/dev/shm',
      { shmSize: 1024 },
      '/dev/shm tmpfs shm nosuid,noexec,nodev,mode=1777,size=1024',
    ],
    ['no ipc', '/dev/shm', { ipc: 'none' }, undefined],
    ['no ipc, but queues', '/dev/mqueue', { ipc: 'none' }, '/dev/mqueue mqueue mqueue nosuid,noexec,nodev'],
    [
      'an ipc that can be shared',
      '/dev/shm',
      { ipc: 'shareable' },
      '/dev/shm tmpfs shm nosuid,noexec,nodev,mode=1777,size=67108864',
    ],
    ['the host’s ipc', '/dev/shm', { ipc: 'host' }, '/dev/shm bind /dev/shm rbind,rprivate,nosuid,noexec,nodev'],
    [
      'the host’s queues, which a new mount shows',
      '/dev/mqueue',
      { ipc: 'host' },
      '/dev/mqueue mqueue mqueue nosuid,noexec,nodev',
    ],
    [
      'a /dev/shm of the caller’s',
      '/dev/shm',
      { mounts: [bind('/from', '/dev/shm')] },
      '/dev/shm bind /from rbind,rprivate',
    ],
    ['a /proc of the caller’s', '/proc', { mounts: [bind('/proc', '/proc')] }, '/proc bind /proc rbind,rprivate'],
    ['all privileges, which make /sys writable', '/sys', { privileged: true }, '/sys sysfs sysfs nosuid,noexec,nodev'],
    [
      'all privileges, which make cgroups writable',
      '/sys/fs/cgroup',
      { privileged: true },
      '/sys/fs/cgroup cgroup cgroup nosuid,noexec,nodev',
    ],
    [
      'the privilege that changes nothing in /proc',
      '/proc',
      { privileged: true },
      '/proc proc proc nosuid,noexec,nodev',
    ],
  ];
  test.each(cases)('%s', (_, place, options, expected) => {
    expect(line(place, options)).toBe(expected);
  });

  test('hold one at each place: the caller’s goes before the engine’s', () => {
    const mounts = [bind('/mine', '/etc/hosts')];
    expect(table({ mounts }, [own('/etc/hosts'), own('/etc/hostname')]).slice(-2)).toEqual([
      '/etc/hostname bind /bundle/etc/hostname bind,rprivate',
      '/etc/hosts bind /mine rbind,rprivate',
    ]);
  });

  test('of the engine’s files are read-only where the root is, and the caller’s are as he says', () => {
    const options = { readOnly: true, mounts: [bind('/from', '/to')] };
    expect(line('/etc/hosts', options, [own('/etc/hosts')])).toBe('/etc/hosts bind /bundle/etc/hosts bind,rprivate,ro');
    expect(line('/to', options)).toBe('/to bind /from rbind,rprivate');
    expect(line('/dev/shm', options)).not.toContain(',ro');
  });

  test('in /dev are none beside a /dev of the caller’s, but those he asks for', () => {
    const mounts = [bind('/dev', '/dev'), tmpfs('/dev/shm')];
    expect(table({ mounts }).filter((text) => text.startsWith('/dev'))).toEqual([
      '/dev bind /dev rbind,rprivate',
      '/dev/shm tmpfs tmpfs noexec,nosuid,nodev',
    ]);
  });
});

describe('volumes', () => {
  const cases: [string, string[] | undefined, Partial<RunOptions>, string[]][] = [
    ['none', undefined, {}, []],
    ['the image’s', ['/data', '/logs'], {}, ['/data', '/logs']],
    ['the caller’s beside the image’s, each once', ['/data'], { volumes: ['/more', '/data'] }, ['/data', '/more']],
    ['what is not mounted over by a bind', ['/data', '/logs'], { mounts: [bind('/from', '/data')] }, ['/logs']],
    ['what is not mounted over by a tmpfs', ['/data'], { mounts: [tmpfs('/data')] }, []],
    ['the one above a bind', ['/data'], { mounts: [bind('/from', '/data/in')] }, ['/data']],
    ['nothing that is no absolute path', ['data', '', '../x'], {}, []],
    ['nothing of the whole root', ['/', '/.', '//', '/a/..'], {}, []],
    ['one, however it is written', ['/data/', '/data', '/./data'], {}, ['/data']],
    ['none where it is mounted over by another spelling', ['/data/'], { mounts: [bind('/from', '/data')] }, []],
  ];
  test.each(cases)('are %s', (_, image, options, expected) => {
    expect(volumesOf(optionsWith(options), image === undefined ? {} : { Volumes: image })).toEqual(expected);
  });
});
