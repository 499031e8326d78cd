// Processes by what /proc says of them. Each may end at any moment, and its arguments are its own to write (proc_pid_cmdline(5)).
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { type Moment, type ProcessFacts, parseStat } from './process-row.ts';

/** Undefined where the process has ended. */
export function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const uid = Number(/^Uid:\t\d+\t(\d+)/m.exec(status)?.[1] ?? Number.NaN);
    return { ...parseStat(Buffer.from(stat, 'latin1').toString()), uid, args: readArguments(pid) };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Bytes: a process may have two megabytes of arguments, and there may be thousands of them. */
const mostOfArguments = 4096;

function readArguments(pid: number): string[] {
  const file = openSync(`/proc/${pid}/cmdline`, 'r');
  try {
    const memory = Buffer.alloc(mostOfArguments);
    const text = memory.toString('utf8', 0, readSync(file, memory));
    return text === '' ? [] : text.replace(/\0+$/, '').split('\0');
  } finally {
    closeSync(file);
  }
}

/** This moment, with the users of the host's /etc/passwd; where that cannot be read, users have numbers. */
export function readMoment(): Moment {
  return {
    now: new Date(),
    uptime: Number.parseFloat(readFileSync('/proc/uptime', 'latin1')),
    users: parseUsers(readUsers()),
  };
}

function readUsers(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

/** passwd(5). The first name of a number counts. */
export function parseUsers(text: string): ReadonlyMap<number, string> {
  const lines = text.split('\n').map((line) => line.split(':'));
  return new Map(
    lines
      .filter(([name, , uid]) => name !== '' && uid !== undefined && /^\d+$/.test(uid))
      .map(([name, , uid]) => [Number(uid), name!] as const)
      .reverse(),
  );
}
