// tsdocker logs: prints what a container said (docker logs).

import { fullTime, parseLogMoment } from '../engine/logs/moments.ts';
import { type LogEntry, type LogsOptions, readLogBatches } from '../engine/logs.ts';
import { exitStatusOf, TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command, Parsed } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { refuseValue } from './values/refuse.ts';
import { writeAll } from './write-output.ts';

export const command: Command = {
  verb: {
    name: 'logs',
    summary: 'Print what a container said',
    operands: 'CONTAINER',
    least: 1,
    most: 1,
    flags: [
      { name: 'details', kind: 'switch', summary: 'Also what log options add to each line' },
      { name: 'follow', short: 'f', kind: 'switch', summary: 'Go on until the container ends' },
      {
        name: 'since',
        kind: 'value',
        value: 'time',
        summary: 'From then on: 2026-01-31T10:00:00Z, 1767225600, or 42m ago',
      },
      { name: 'tail', short: 'n', kind: 'value', value: 'number|all', summary: 'Begin with the last lines' },
      { name: 'timestamps', short: 't', kind: 'switch', summary: 'Print when each line was said' },
      { name: 'until', kind: 'value', value: 'time', summary: 'Up to then' },
    ],
    examples: ['tsdocker logs -f --tail 100 web', 'tsdocker logs --since 10m -t web'],
  },
  async call(parsed, { root }) {
    const {
      switches,
      operands: [name = ''],
    } = parsed;
    const follow = switches.get('follow') === true;
    const format = formatter(switches.get('timestamps') === true, switches.get('details') === true);
    let damaged = 0;
    const options = {
      ...chosen(parsed),
      follow,
      onDamaged(lines: number) {
        damaged += lines;
      },
    };
    using store = openStore(root);
    try {
      await untilInterrupted(async (signal) => {
        for await (const entries of readLogBatches(store, name, { ...options, signal }))
          await print(entries, format, signal);
      });
    } catch (error) {
      const ending = endingOf(error, follow);
      if (ending === undefined) throw error;
      return ending;
    }
    if (damaged > 0) process.stderr.write(`tsdocker: ${damaged} damaged lines of the log of ${name} were left out\n`);
    return 0;
  },
};

/** Throws `usage`. */
function chosen({ values }: Parsed): Pick<LogsOptions, 'tail' | 'since' | 'until'> {
  const [since = '', until = '', tail = ''] = ['since', 'until', 'tail'].map((name) => values.get(name));
  if (!/^(?:-?\d{1,15}|all)?$/.test(tail)) refuseValue('tail', tail, 'is no number of lines', 'write a number, or all');
  const lines = tail === '' || tail === 'all' ? -1 : Number(tail);
  return {
    ...(lines >= 0 && { tail: lines }), // a negative number is all, as in Docker
    ...(since !== '' && { since: checked('since', since) }),
    ...(until !== '' && until !== '0' && { until: checked('until', until) }), // 0 is Docker's way to say that there is none
  };
}

function checked(flag: string, text: string): string {
  try {
    parseLogMoment(text, Date.now());
    return text;
  } catch (error) {
    const hint = error instanceof TsdockerError ? error.hint : undefined;
    return refuseValue(flag, text, 'is not a time', hint);
  }
}

type Format = (entry: LogEntry) => string;

function formatter(timestamps: boolean, details: boolean): Format {
  if (!timestamps && !details) return ({ text }) => text;
  return ({ time, text, attributes }) => {
    const when = timestamps ? `${fullTime(time)} ` : '';
    return `${when}${details && attributes ? `${detailsOf(attributes)} ` : ''}${text}`;
  };
}

/** As Docker writes them: sorted, and escaped as in a query. */
function detailsOf(attributes: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map((pair) => new URLSearchParams([pair]).toString()).join(',');
}

const descriptorOf = { stdout: 1, stderr: 2 } as const;

/** What follows each other on one stream is one write. */
async function print(entries: readonly LogEntry[], format: Format, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < entries.length; ) {
    const { stream } = entries[from]!;
    let text = '';
    for (; from < entries.length && entries[from]!.stream === stream; from++) text += format(entries[from]!);
    await writeAll(Buffer.from(text), signal, descriptorOf[stream]);
  }
}

/** The exit status of an ending that needs no words: a reader that has seen enough, or Ctrl-C, which is how following ends. */
function endingOf(error: unknown, follow: boolean): number | undefined {
  if (error instanceof TsdockerError) {
    return follow && (error.code === 'interrupted' || error.code === 'terminated')
      ? exitStatusOf[error.code]
      : undefined;
  }
  return (error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : undefined;
}
