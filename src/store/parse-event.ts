// A line of the file of events, taken apart. Several programs write the file, and disks fill up in the middle of a line: whatever is
// no event is left out.

export interface StoreEvent {
  /** `container`, `image`. */
  readonly type: string;
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
}

/** How every event begins; inside one, where all quotes are escaped, this cannot stand. */
const beginning = '{"Type":';

/** Undefined for what is none. Half an event that stands before another in one line is left out. */
export function parseEvent(line: string): StoreEvent | undefined {
  return readEvent(line) ?? readEvent(line.slice(Math.max(0, line.lastIndexOf(beginning))));
}

interface Source {
  readonly source: string;
}

function readEvent(text: string): StoreEvent | undefined {
  let value: unknown;
  try {
    // Nanoseconds are more than a number holds.
    value = JSON.parse(text, (key, item, context?: Source) =>
      key === 'timeNano' && typeof item === 'number' && context !== undefined ? BigInt(context.source) : item,
    );
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isObject(value.Actor) || !isObject(value.Actor.Attributes ?? {})) return undefined;
  const { Type: type, Action: action, timeNano: time } = value;
  const { ID: id, Attributes: attributes = {} } = value.Actor;
  if (typeof type !== 'string' || typeof action !== 'string' || typeof id !== 'string' || typeof time !== 'bigint') {
    return undefined;
  }
  const texts = Object.entries(attributes as object).filter(([, text]) => typeof text === 'string');
  return { type, action, id, attributes: Object.fromEntries(texts), time };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
