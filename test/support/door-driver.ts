// native/test/doors.c for the tests of relay and resolver: the shim's doors with no container around, under the sanitizers, on sockets
// of the loopback interface.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nativeFolder } from './native-programs.ts';

export interface DoorWanted {
  readonly kind: 'relay' | 'resolver';
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  /** 0 or absent: any free one. */
  readonly port?: number;
  readonly target?: { readonly address: string; readonly port: number };
}

export interface Doors extends AsyncDisposable {
  /** In the order in which they were asked for. */
  readonly ports: readonly number[];
  /** What was said since the start: a word each for a child that began, and `ended STATUS`. */
  readonly said: readonly string[];
  /** The process that serves, where one does. */
  child(): number | undefined;
  /** Waits until something was said so often. */
  says(text: string, times?: number): Promise<void>;
}

/** Builds the driver into `folder`. Gives the program's path. */
export function buildDoors(folder: string): string {
  const program = join(folder, 'doors');
  const parts = /^DOORS = (.*)$/m.exec(readFileSync(join(nativeFolder, 'Makefile'), 'utf8'))![1]!.split(' ');
  const words = '-std=gnu2x -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all';
  execFileSync('gcc', [...words.split(' '), '-o', program, 'test/doors.c', ...parts, 'file.c'], { cwd: nativeFolder });
  return program;
}

/** Opens doors, with `bundle` for the folder where the resolver finds its settings. They close with the value. */
export async function openDoors(program: string, bundle: string, doors: readonly DoorWanted[]): Promise<Doors> {
  const words = doors.flatMap(({ kind, protocol, address, port, target }) => [
    kind,
    protocol,
    address,
    `${port ?? 0}`,
    target?.address ?? '-',
    `${target?.port ?? 0}`,
  ]);
  // A child ends by a bare system call, and the leak sanitizer needs one that its filter does not have.
  const env = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' };
  const driver = spawn(program, [bundle, ...words], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const said: string[] = [];
  const ports: number[] = [];
  const lines = createInterface(driver.stdout);
  lines.on('line', (line) => {
    const [word, value, status] = line.split(' ');
    if (word === 'door') ports.push(Number(value));
    said.push(word === 'ended' ? `ended ${status}` : line);
  });
  const says = async (text: string, times = 1): Promise<void> => {
    while (said.filter((line) => line === text).length < times) await once(lines, 'line');
  };
  await says('ready');
  return {
    ports,
    said,
    says,
    child: () => childOf(driver),
    async [Symbol.asyncDispose]() {
      const ended = once(driver, 'exit');
      driver.stdin.end();
      await ended;
    },
  };
}

function childOf({ pid }: ChildProcess): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? undefined : Number(children.split(' ')[0]);
}
