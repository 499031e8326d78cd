// tsdocker logs: what a container said, from the json-file logs in its bundle (Docker Engine API, ContainerLogs). The shim writes
// them (native/log.c); nobody else is asked.
import { TsdockerError } from '../error.ts';
import { type BundleState, bundlePath, readBundleState } from '../store/bundles.ts';
import { findContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import type { LogEntry } from './logs/entry.ts';
import { comparableMoment, comparableTime, parseLogMoment } from './logs/moments.ts';
import { streamLog } from './logs/stream.ts';

export type { LogEntry };

export interface LogsOptions {
  /** Goes on with what is logged later, until the container ends for good, or is removed. */
  readonly follow?: boolean;
  /** How many of the last entries to begin with; all unless given. `since` and `until` choose among these, as in Docker. */
  readonly tail?: number;
  /** The first moment: RFC 3339, seconds since 1970, or a Go duration before now. */
  readonly since?: string | Date;
  /** The last moment, in the same forms. Following ends there. */
  readonly until?: string | Date;
  readonly signal?: AbortSignal;
  /** Told of lines that were left out because they are damaged. */
  readonly onDamaged?: (lines: number) => void;
}

/**
 * What the container said, in the order in which it was logged. Rotation meanwhile costs nothing; a line of which a part was written
 * is not there yet. Throws `notFound`, `usage`, `unsupported` where nothing is kept (`--log-driver none`), and the signal's reason.
 * @param name The container's name, id, or the beginning of its id.
 */
export async function* readLogs(
  store: Store,
  name: string,
  options: LogsOptions = {},
): AsyncGenerator<LogEntry, void, undefined> {
  for await (const entries of readLogBatches(store, name, options)) {
    for (const entry of entries) yield entry;
  }
}

/** The same, many entries at a time: as many as were there when it looked. */
export async function* readLogBatches(
  store: Store,
  name: string,
  options: LogsOptions = {},
): AsyncGenerator<readonly LogEntry[], void, undefined> {
  const { tail, signal, onDamaged } = options;
  signal?.throwIfAborted();
  if (tail !== undefined && !(Number.isSafeInteger(tail) && tail >= 0)) {
    throw new TsdockerError('usage', `${tail} is no number of lines`);
  }
  const [since, until] = [momentOf(options.since), momentOf(options.until)];
  const { record } = findContainer(store, name);
  if (record.settings.options.log.driver === 'none') {
    throw new TsdockerError(
      'unsupported',
      `the log of ${name} cannot be read: its configured logging driver (none) does not support reading`,
      { hint: 'its output is kept when it is run with --log-driver json-file' },
    );
  }
  const place = { folder: bundlePath(store, record.id), name: `${record.id}-json.log` };
  const isOfInterest = betweenMoments(since, until);
  const end = until === undefined ? Number.POSITIVE_INFINITY : Number(until / 1_000_000n);
  const follow = (): number => (isAlive(readBundleState(store, record.id)) ? end - Date.now() : 0);
  for await (const { entries, damaged } of streamLog(place, {
    tail,
    signal,
    follow: options.follow ? follow : undefined,
  })) {
    if (damaged > 0) onDamaged?.(damaged);
    const chosen = isOfInterest === undefined ? entries : entries.filter(isOfInterest);
    if (chosen.length > 0) yield chosen;
  }
}

/** Nanoseconds since the epoch. */
function momentOf(moment: string | Date | undefined): bigint | undefined {
  if (moment === undefined) return undefined;
  if (typeof moment === 'string') return parseLogMoment(moment, Date.now());
  if (Number.isNaN(moment.getTime())) throw new TsdockerError('usage', 'an invalid Date is no moment');
  return BigInt(moment.getTime()) * 1_000_000n;
}

/** Clocks jump: what comes after a line that is too late may be early enough. Undefined where all is of interest. */
function betweenMoments(since: bigint | undefined, until: bigint | undefined) {
  if (since === undefined && until === undefined) return undefined;
  const first = since === undefined ? '' : comparableMoment(since);
  const last = until === undefined ? ':' : comparableMoment(until); // a colon stands behind every digit
  return ({ time }: LogEntry): boolean => {
    const moment = comparableTime(time);
    return first <= moment && moment <= last;
  };
}

const alive: ReadonlySet<BundleState['status'] | undefined> = new Set(['creating', 'running', 'paused', 'restarting']);

/** Whether there may be more output without anybody starting it. */
const isAlive = (state: BundleState | undefined): boolean => alive.has(state?.status);
