// A process as `ps -ef` shows it (ps(1), "STANDARD FORMAT SPECIFIERS"; proc_pid_stat(5)). Pure.

/** What /proc says of a process. Times are ticks, a hundredth of a second each (USER_HZ). */
export interface ProcessFacts {
  readonly pid: number;
  /** The effective user. */
  readonly uid: number;
  readonly ppid: number;
  /** The device number of its terminal; 0 for none. */
  readonly tty: number;
  /** On the processors, its own and the system's for it. */
  readonly cpuTicks: number;
  /** Since the machine was started. */
  readonly startTicks: number;
  /** At most 15 bytes of its program's name. */
  readonly comm: string;
  /** Empty for one that has ended, or that has overwritten its arguments. */
  readonly args: readonly string[];
}

/** Throws where the kernel says something else than proc_pid_stat(5) does. @param stat The name in it may hold anything. */
export function parseStat(stat: string): Omit<ProcessFacts, 'uid' | 'args'> {
  const end = stat.lastIndexOf(')');
  const fields = stat
    .slice(end + 2)
    .split(' ')
    .map(Number);
  const field = (number: number): number => {
    const value = fields[number - 3]; // the third is the first after the name
    if (value === undefined || Number.isNaN(value)) throw new RangeError(`field ${number} of ${JSON.stringify(stat)}`);
    return value;
  };
  return {
    pid: Number.parseInt(stat, 10),
    comm: stat.slice(stat.indexOf('(') + 1, end),
    ppid: field(4),
    tty: field(7),
    cpuTicks: field(14) + field(15),
    startTicks: field(22),
  };
}

/** When a list is made, and with what names. */
export interface Moment {
  readonly now: Date;
  /** Seconds since the machine was started. */
  readonly uptime: number;
  /** Of the host's users, by uid. */
  readonly users: ReadonlyMap<number, string>;
}

export const titles = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'] as const;

export function processRow(facts: ProcessFacts, { now, uptime, users }: Moment): readonly string[] {
  const age = Math.max(0, uptime - facts.startTicks / 100);
  return [
    userName(facts.uid, users),
    String(facts.pid),
    String(facts.ppid),
    String(Math.min(99, Math.floor(facts.cpuTicks / Math.max(1, age)))),
    startTime(new Date(now.getTime() - age * 1000), now),
    terminalName(facts.tty),
    duration(Math.floor(facts.cpuTicks / 100)),
    facts.args.join(' ') || `[${facts.comm}]`,
  ];
}

/** A name that is longer than its column would be cut to `longname+`: the number says more. */
function userName(uid: number, users: ReadonlyMap<number, string>): string {
  const name = users.get(uid);
  return name === undefined || name.length > 8 ? String(uid) : name;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number): string => String(number).padStart(2, '0');

/** The time for today, the day for this year, the year else. */
function startTime(start: Date, now: Date): string {
  if (start.getFullYear() !== now.getFullYear()) return String(start.getFullYear());
  if (start.getMonth() === now.getMonth() && start.getDate() === now.getDate())
    return `${two(start.getHours())}:${two(start.getMinutes())}`;
  return `${months[start.getMonth()]}${two(start.getDate())}`;
}

/** Linux' device numbers (devices.txt): 136 to 143 are pseudoterminals, 4 the consoles and then the serial lines. */
function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  if (device === 0) return '?';
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return device === 0x501 ? 'console' : '?';
}

/** `[days-]hours:minutes:seconds`. */
function duration(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  const clock = [hours % 24, minutes % 60, seconds % 60].map(two).join(':');
  return days === 0 ? clock : `${two(days)}-${clock}`;
}
