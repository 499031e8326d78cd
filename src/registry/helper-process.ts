// One run of a credential helper: what it printed and how it ended, within limits of time and size (exec(3), pipe(7)).
import { spawn } from 'node:child_process';

/** Bytes, of both streams together. */
export const largestOutput: number = 2 ** 20;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: NodeJS.ErrnoException;
  /** Which limit it broke. */
  readonly broke?: 'time' | 'size';
}

/** Runs the program, without a shell, with one argument and this input; never throws. @param timeLimit Milliseconds. */
export function runToEnd(
  program: string,
  action: string,
  input: string,
  timeLimit: number,
  signal: AbortSignal | undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    // Not a session of its own: some helpers ask for a passphrase at the terminal.
    const child = spawn(program, [action], { stdio: ['pipe', 'pipe', 'pipe'] });
    const heard = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let length = 0;
    const end = (rest: Pick<Ended, 'error' | 'broke'>, status: number | null = null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      // What it left running may hold the pipes, and is not waited for.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
      resolve({ status, stdout: text(heard.stdout), stderr: text(heard.stderr), ...rest });
    };
    const giveUp = (broke?: 'time' | 'size') => {
      child.kill('SIGKILL');
      end(broke === undefined ? {} : { broke });
    };
    const abort = () => giveUp();
    const timer = setTimeout(() => giveUp('time'), timeLimit);
    signal?.addEventListener('abort', abort);
    child.once('error', (error) => end({ error }));
    child.once('close', (status) => end({}, status));
    // It need not read what it is told.
    child.stdin.on('error', () => undefined);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (part: Buffer) => {
        length += part.byteLength;
        if (length > largestOutput) giveUp('size');
        else heard[name].push(part);
      });
    }
    child.stdin.end(input);
  });
}
