// What happens to containers, images and networks, a line of JSON each in the file `events` of the store, in the shape of Docker's API
// ("Monitor events"). Whoever does something adds a line, the shims too (native/); read-events.ts reads them. On the way of `run`.
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as k from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { bundlePath } from './bundles.ts';
import type { ContainerRecord } from './containers.ts';
import type { Store } from './store.ts';

export type EventType = 'container' | 'image' | 'network';

export interface NewEvent {
  readonly type: EventType;
  /** In Docker's words: `start`, `exec_create: sh`, `untag`. */
  readonly action: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch; now, unless told. */
  readonly time?: bigint;
}

/** The file that is written, and the one that was before it. */
export const eventsPath = (store: Pick<Store, 'root'>): string => join(store.root, 'events');
export const oldEventsPath = (store: Pick<Store, 'root'>): string => join(store.root, 'events.1');

const mostBytes = 4 * 2 ** 20;

/** Adds an event. Never throws: what happened has happened, even where the disk is too full to say so. */
export function recordEvent(
  store: Pick<Store, 'root'>,
  { type, action, id, attributes, time = kernel.realTime() }: NewEvent,
): void {
  const line = `{"Type":${JSON.stringify(type)},"Action":${JSON.stringify(action)},"Actor":{"ID":${JSON.stringify(id)},"Attributes":${JSON.stringify(attributes)}},"scope":"local","time":${time / 1_000_000_000n},"timeNano":${time}}\n`;
  try {
    const descriptor = openSync(eventsPath(store), k.O_WRONLY | k.O_APPEND | k.O_CREAT | k.O_NOFOLLOW, 0o600);
    try {
      writeSync(descriptor, line); // one call: the lines of several writers never mix
      if (fstatSync(descriptor).size > mostBytes) putAside(store, descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // an event is not worth failing a command
  }
}

/** Puts the file aside where only shims, which do not look at its size, have written to it. Never throws. */
export function boundEvents(store: Pick<Store, 'root'>): void {
  try {
    if (statSync(eventsPath(store)).size <= mostBytes) return;
    const descriptor = openSync(eventsPath(store), k.O_RDONLY | k.O_NOFOLLOW);
    try {
      putAside(store, descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // there is none
  }
}

/** The lock is of the file that has the name: without it, two at once would put the new, small file in the place of the old one. */
function putAside(store: Pick<Store, 'root'>, descriptor: number): void {
  kernel.flock(descriptor, k.LOCK_EX | k.LOCK_NB); // whoever has it already does the same
  if (statSync(eventsPath(store)).ino === fstatSync(descriptor).ino)
    renameSync(eventsPath(store), oldEventsPath(store));
}

type Subject = Pick<ContainerRecord, 'id' | 'name' | 'image' | 'settings'>;

/** The name of a bundle's file that holds what its events say: eventAttributes. */
export const eventAttributesFile = 'event-attributes';

/** What events say besides: a label of that name would belie them. */
const reserved = new Set(['image', 'name', 'oldName', 'exitCode', 'execDuration', 'execID', 'signal', 'reclaimed']);

/** Bytes as they are written: labels are an image's to choose, every event repeats them, and the shim has 48 KiB for one. */
const mostLabels = 32 * 2 ** 10;

/**
 * The attributes of a container's events as members of a JSON object, without its braces, which is what the shim puts into its own:
 * `"image":"busybox","name":"web","label":"value"`.
 * @param labels The image's; the container's own win.
 */
export function eventAttributes(
  { name, image, settings }: Omit<Subject, 'id'>,
  labels: Readonly<Record<string, string>> = {},
): string {
  const attributes: [string, string][] = [
    ['image', settings.options.image || image],
    ['name', name],
  ];
  let length = 0;
  for (const [key, value] of Object.entries({ ...labels, ...settings.options.labels })) {
    if (reserved.has(key)) continue;
    length += Buffer.byteLength(JSON.stringify([key, value]));
    if (length > mostLabels) break;
    attributes.push([key, value]);
  }
  return JSON.stringify(Object.fromEntries(attributes)).slice(1, -1);
}

/** What a container's events say, from its bundle, where the image's labels are known; from its record where that is gone. Never throws. */
export function readEventAttributes(store: Pick<Store, 'paths'>, record: Subject): Record<string, string> {
  let attributes: Record<string, string>;
  try {
    attributes = JSON.parse(`{${readFileSync(join(bundlePath(store, record.id), eventAttributesFile), 'utf8')}}`);
  } catch {
    attributes = JSON.parse(`{${eventAttributes(record)}}`); // removed, made by an older tsdocker, or half a file of a full disk
  }
  return { ...attributes, name: record.name };
}

/** Adds an event of a container. Call it for `destroy` before the bundle goes, or with what readEventAttributes said before. */
export function containerEvent(
  store: Pick<Store, 'root' | 'paths'>,
  record: Subject,
  action: string,
  extra: Readonly<Record<string, string>> = {},
): void {
  const attributes = { ...readEventAttributes(store, record), ...extra };
  recordEvent(store, { type: 'container', action, id: record.id, attributes });
}
