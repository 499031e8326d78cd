// The host's ps(1), for those who want its columns: what it prints is taken apart, and the lines of some processes kept.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TsdockerError } from '../error.ts';
import type { ProcessList } from './top.ts';

/** Throws `usage` where ps refuses the options or prints no PID column, `notFound` where there is no ps, and the signal's reason. */
export async function listByPs(
  options: readonly string[],
  pids: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<ProcessList> {
  refuseForgedPids(options);
  return parsePs(await run(options, signal), pids);
}

/** A column of something else that is called PID would choose lines of processes of the host (as Docker: "not allowed"). */
function refuseForgedPids(options: readonly string[]): void {
  const forged = options.find((option) => {
    const others = option.replace(/(^|,|-o)pid=[^,]*/g, '$1');
    return /=.*(?<![A-Za-z])PID(?![A-Za-z])/s.test(others);
  });
  if (forged !== undefined) throw new TsdockerError('usage', `the ps option ${forged} is not allowed`);
}

/** Characters: room for a hundred thousand processes. */
const mostOutput = 64 * 2 ** 20;

async function run(options: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const child = spawn('ps', options, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
  let [output, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > mostOutput) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 4096);
  });
  let status: number | null;
  try {
    [status] = (await once(child, 'close')) as [number | null];
  } catch (cause) {
    signal?.throwIfAborted();
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new TsdockerError('notFound', 'this host has no ps', { cause, hint: 'install procps, or give no options' });
  }
  if (status === 0) return output;
  const why = /^(?:error: |ps: (?:error: )?)?(.*\S)/m.exec(complaint)?.[1] ?? `it ended with ${status}`;
  throw new TsdockerError('usage', `ps refuses ${options.join(' ')}: ${why}`);
}

/** @param text Titles, and a line a process; a line without a pid belongs to the process before it (threads, `ps -m`). */
export function parsePs(text: string, pids: ReadonlySet<number>): ProcessList {
  const [head = [], ...lines] = text.split('\n').map(words);
  const column = head.indexOf('PID');
  if (column === -1) {
    throw new TsdockerError('usage', 'the ps options leave out the PID column', { hint: 'add pid to the list of -o' });
  }
  let isOurs = false;
  const processes = lines.filter((fields) => {
    const pid = fields[column];
    isOurs = pid === '-' ? isOurs : pid !== undefined && pids.has(Number(pid));
    return isOurs && fields.length >= head.length - 1;
  });
  // What is left over at the end of a line is the command's.
  const last = head.length - 1;
  return {
    titles: head,
    processes: processes.map((fields) => [...fields.slice(0, last), fields.slice(last).join(' ')]),
  };
}

/** ASCII space only: a command may hold others. */
const words = (line: string): string[] => line.split(/[ \t\v\f\r]+/).filter((word) => word !== '');
