// One line of a container's log: Docker's json-file format, which native/log.c writes.

/** What the container said in one piece: a line, or 16 KiB of a longer one. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 in UTC, with up to nine digits of a second and no zeros at their end. */
  readonly time: string;
  /** With its newline. Bytes that were no UTF-8 were replaced when it was logged. */
  readonly text: string;
  /** The line goes on in the next entry of this stream, or was never finished. */
  readonly partial?: true;
  /** What the log options `labels` and `env` of Docker's json-file driver add. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Bytes: more than 16 KiB with every byte escaped. A longer line is damaged, whatever is in it. */
export const longestLine = 2 ** 20;

const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** @param line Without its newline. Undefined where it is damaged. */
export function parseEntry(line: string): LogEntry | undefined {
  let value: Partial<Record<string, unknown>> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { log, stream, time, attrs } = value;
  if (typeof log !== 'string' || typeof time !== 'string' || !utc.test(time)) return undefined;
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const whole = log.endsWith('\n');
  const attributes = attrs === undefined ? undefined : attributesOf(attrs);
  // Nearly all are of this kind, and there may be millions.
  if (whole && attributes === undefined) return { stream, time, text: log };
  return { stream, time, text: log, ...(whole ? {} : { partial: true }), ...(attributes && { attributes }) };
}

function attributesOf(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}
