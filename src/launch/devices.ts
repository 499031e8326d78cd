// /dev: the device nodes every container has, those it was given (config-linux.md, "Devices" and "Default Devices"), the
// links people expect, and its terminal.
import * as k from '../kernel/constants.ts';
import { deviceNumber } from '../kernel/files.ts';
import type { Device } from '../spec/types.ts';
import { ancestry, attachAt, here, makeFile, makeFolder, octal } from './paths.ts';
import { flags, memory, named, type ProgramBuilder, type Result } from './program.ts';

const links: readonly (readonly [path: string, target: string])[] = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
  ['/dev/core', '/proc/kcore'],
  ['/dev/ptmx', 'pts/ptmx'],
];

const typeOf = {
  c: ['S_IFCHR', k.S_IFCHR],
  u: ['S_IFCHR', k.S_IFCHR],
  b: ['S_IFBLK', k.S_IFBLK],
  p: ['S_IFIFO', k.S_IFIFO],
} as const;

/** Container program: makes the nodes. The umask is 0 by now. */
export function makeDevices(program: ProgramBuilder, devices: readonly Device[]): void {
  for (const device of devices) {
    const mode = device.fileMode ?? 0o666;
    const [typeName, type] = typeOf[device.type];
    const folders = ancestry(device.path).slice(0, -1);
    if (folders.length > 1) makeFolder(program, folders.at(-1)!);
    const number = deviceNumber(device.major ?? 0, device.minor ?? 0);
    program.call(
      `making the device ${device.path}`,
      'mknodat',
      [
        here,
        device.path,
        named(`${typeName}|${octal(mode)}`, type | mode),
        named(`makedev(${device.major ?? 0}, ${device.minor ?? 0})`, number),
      ],
      { accepted: ['EEXIST'] },
    );
    if ((device.uid ?? 0) !== 0 || (device.gid ?? 0) !== 0) {
      program.call(`giving ${device.path} its owner`, 'fchownat', [
        here,
        device.path,
        device.uid ?? 0,
        device.gid ?? 0,
        0,
      ]);
    }
  }
}

/**
 * Host program: takes the host's nodes, for a container in a user namespace, which may not make any (mknod(2)). A
 * device has the same path on both sides there.
 */
export function takeDevices(program: ProgramBuilder, devices: readonly Device[]): ReadonlyMap<string, Result> {
  program.group('devices');
  const how = flags(['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE], ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC]);
  return new Map(
    devices.map(
      ({ path }) =>
        [path, program.call(`taking the device ${path}`, 'open_tree', [here, path, how], { as: path })] as const,
    ),
  );
}

/** Container program: attaches what takeDevices took. */
export function bindDevices(program: ProgramBuilder, nodes: ReadonlyMap<string, Result>): void {
  for (const [path, node] of nodes) {
    makeFile(program, path);
    attachAt(program, `mounting the device ${path}`, node, path);
  }
}

/** Container program: the links in /dev that programs expect. */
export function linkDevices(program: ProgramBuilder): void {
  for (const [path, target] of links) {
    program.call(`linking ${path} to ${target}`, 'symlinkat', [target, here, path], { accepted: ['EEXIST'] });
  }
}

export interface WindowSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Container program: a terminal from the container's own devpts, its other side handed to the shim (config.md, "terminal").
 * Returns the descriptor that becomes stdin, stdout and stderr.
 */
export function makeTerminal(program: ProgramBuilder, shim: number, size: WindowSize | undefined): Result {
  program.group('terminal');
  const open = flags(['O_RDWR', k.O_RDWR], ['O_NOCTTY', k.O_NOCTTY], ['O_CLOEXEC', k.O_CLOEXEC]);
  // cmsghdr with one descriptor behind it; its eight bytes of data are filled by the step that opens the terminal.
  const rights = memory('{SCM_RIGHTS, <terminal>}', [8, 20], [4, k.SOL_SOCKET], [4, k.SCM_RIGHTS], [4, 0], [4, 0]);
  const terminal = program.call('opening a terminal', 'openat', [here, '/dev/pts/ptmx', open, 0], {
    as: 'terminal',
    store: { memory: rights, at: 16 },
  });
  program.call('unlocking it', 'ioctl', [terminal, named('TIOCSPTLCK', k.TIOCSPTLCK), memory('[0]', [4, 0])]);
  if (size !== undefined) {
    const window = memory(
      `{rows=${size.height}, columns=${size.width}}`,
      [2, size.height],
      [2, size.width],
      [2, 0],
      [2, 0],
    );
    program.call('giving it the caller’s window size', 'ioctl', [terminal, named('TIOCSWINSZ', k.TIOCSWINSZ), window]);
  }
  const inside = program.call(
    'opening the container’s side',
    'ioctl',
    [terminal, named('TIOCGPTPEER', k.TIOCGPTPEER), open],
    {
      as: 'console',
    },
  );
  const byte = memory('"t"', [1, 116]);
  const vector = memory('[{"t", 1}]', byte, [8, 1]);
  const message = memory('{"t", SCM_RIGHTS <terminal>}', [8, 0], [8, 0], vector, [8, 1], rights, [8, 24], [8, 0]);
  program.call('handing the shim its side', 'sendmsg', [named(`${shim} (shim)`, shim), message, 0]);
  return inside;
}

/** Container program: makes the terminal of the first process /dev/console. */
export function bindConsole(program: ProgramBuilder, inside: Result): void {
  makeFile(program, '/dev/console');
  const tree = program.call(
    'taking it for /dev/console',
    'open_tree',
    [
      inside,
      '',
      flags(
        ['OPEN_TREE_CLONE', k.OPEN_TREE_CLONE],
        ['OPEN_TREE_CLOEXEC', k.OPEN_TREE_CLOEXEC],
        ['AT_EMPTY_PATH', k.AT_EMPTY_PATH],
      ),
    ],
    { as: 'console tree' },
  );
  attachAt(program, 'mounting it on /dev/console', tree, '/dev/console');
}
