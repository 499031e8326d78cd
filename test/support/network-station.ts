// A network namespace that a process keeps, and programs run in it. Of these test/support/network-host.ts makes a small world.
// The keeper ends when its input does, so that a test that is killed leaves no namespace behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Ended } from './tsdocker.ts';

const peer = join(import.meta.dirname, 'network-peer.ts');

/** A program that goes on until it is disposed of. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** What it has written so far, stdout and stderr. */
  said(): string;
  /** Its exit status, or null where a signal ended it. */
  ended(): Promise<number | null>;
}

/** Runs a program to its end. One that has not ended after two minutes is killed. */
export async function finish(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ended> {
  const child = spawn(words[0]!, words.slice(1), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}); // it may not want its input
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...output };
}

export class Station implements AsyncDisposable {
  readonly #entry: readonly string[];
  readonly #keeper: ChildProcess | undefined;
  readonly pid: number;

  /**
   * @param pid A process in the namespace.
   * @param keeper Ended by `[Symbol.asyncDispose]`.
   * @param mounts Whether programs also see that process’s mounts.
   */
  constructor(pid: number, keeper?: ChildProcess, mounts = false) {
    this.pid = pid;
    this.#keeper = keeper;
    this.#entry = ['nsenter', '--target', String(pid), '--net', ...(mounts ? ['--mount'] : []), '--'];
  }

  /** The words that run a program here. */
  command(...words: readonly string[]): string[] {
    return [...this.#entry, ...words];
  }

  exec(...words: readonly string[]): Promise<Ended> {
    return finish(this.command(...words));
  }

  /** Runs a program, which must succeed; its output. */
  async must(...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.exec(...words);
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  }

  sh(script: string): Promise<string> {
    return this.must('sh', '-c', script);
  }

  /** Starts a program, and waits until it says `ready`. */
  async start(...words: readonly string[]): Promise<Running> {
    const [program, ...rest] = this.command(...words);
    const child = spawn(program!, rest, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(child, 'close') as Promise<[number | null]>;
    let text = '';
    await new Promise<void>((resolve, reject) => {
      closed.then(([status]) => reject(new Error(`${words.join(' ')} ended with ${status}: ${text}`)), reject);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          if (text.includes('ready\n')) resolve();
        });
      }
    });
    return {
      pid: child.pid!,
      said: () => text.replace('ready\n', ''),
      ended: async () => (await closed)[0],
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await closed;
      },
    };
  }

  /** Starts a server of test/support/network-peer.ts. */
  serve(...words: readonly string[]): Promise<Running> {
    return this.start(process.execPath, peer, ...words);
  }

  /** What a client of test/support/network-peer.ts found out. */
  async ask<T = Answer>(...words: readonly (string | number)[]): Promise<T> {
    return JSON.parse(await this.must(process.execPath, peer, ...words.map(String))) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined || keeper.exitCode !== null || keeper.signalCode !== null) return;
    const ended = once(keeper, 'close');
    keeper.stdin!.end();
    await ended;
  }
}

/** What `network-peer.ts ask` prints: what the server said, or why it did not. */
export interface Answer {
  readonly answer?: string;
  /** `ECONNREFUSED`, `silence`, … */
  readonly error?: string;
}

/**
 * Makes a namespace with its loopback up. The caller disposes of it.
 * @param prepare A script for the keeper; with it the namespace has mounts of its own.
 */
export async function makeStation(prepare?: string): Promise<Station> {
  const flags = prepare === undefined ? ['--net'] : ['--net', '--mount'];
  const script = `${prepare ?? ':'} && ip link set lo up && echo ready && exec cat`;
  const keeper = spawn('unshare', [...flags, '--', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    keeper.stdout.once('data', () => resolve());
    keeper.once('close', (status) => reject(new Error(`the keeper of a namespace ended with ${status}`)));
  });
  return new Station(keeper.pid!, keeper, prepare !== undefined);
}

/** Asks again and again until what comes back is neither undefined nor false, and returns it. */
export async function soon<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await setTimeout(50);
  }
  throw new Error(`it never came to this: ${what}`);
}
