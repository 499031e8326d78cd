// An event as `events` prints it: Docker's line, or what a template may name (`docker events --help`, "Format the output").
import type { StoreEvent } from '../engine/events.ts';
import { printable } from './printable.ts';

/** `2026-01-31T09:30:00.123456789Z container die 4f… (exitCode=0, image=busybox, name=web)` */
export function eventLine({ type, action, id, attributes, time }: StoreEvent): string {
  const facts = Object.entries(attributes)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, value]) => `${key}=${value}`);
  const list = facts.length === 0 ? '' : ` (${facts.join(', ')})`;
  return `${nanoTime(time)} ${printable(`${type} ${action} ${id}${list}`)}\n`;
}

/** RFC 3339 with all nine digits, in this machine's zone. @param time Nanoseconds since the epoch. */
export function nanoTime(time: bigint): string {
  const moment = new Date(Number(time / 1_000_000n));
  const offset = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const [hours, minutes] = [two(Math.abs(offset) / 60), two(Math.abs(offset) % 60)];
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
  return `${local}.${String(time % 1_000_000_000n).padStart(9, '0')}${zone}`;
}

/**
 * The event as an object whose JSON is Docker's, and which has the fields of Docker's templates besides: the two spell some names in
 * different ways.
 */
export function eventFields({ type, action, id, attributes, time }: StoreEvent): object {
  const [seconds, nanoseconds] = [Number(time / 1_000_000_000n), time];
  const from = type === 'container' ? (attributes.image ?? '') : '';
  const json = {
    ...(type === 'container' || type === 'image' ? { status: action, id } : {}),
    ...(from === '' ? {} : { from }),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: new Map(Object.entries(attributes)) },
    scope: 'local',
    time: seconds,
    timeNano: nanoseconds,
  };
  const named = { Status: action, ID: id, From: from, Scope: 'local', Time: seconds, TimeNano: nanoseconds };
  for (const [name, value] of Object.entries(named)) Object.defineProperty(json, name, { value, enumerable: false });
  return json;
}
