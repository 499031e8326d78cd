// The memory a process costs: its proportional set size, where a page that n processes share counts for one n-th
// (proc_pid_smaps(5), smaps_rollup).
import { readdirSync, readFileSync } from 'node:fs';

/** Running processes by their name in the process table (15 characters of it: proc_pid_comm(5)). */
export function pidsNamed(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name.slice(0, 15);
      } catch {
        return false;
      }
    });
}

/** Kilobytes of proportional set size; none of a process that has ended and waits for its parent. */
export function pssOf(pid: number): number {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kilobytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 0;
    throw error;
  }
}
