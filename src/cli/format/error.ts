// What is wrong with a template, and where: `line:column`, both from 1.
import { TsdockerError } from '../../error.ts';

/** A place in the template: the offset of a character. */
export type Place = number;

/** The error for the person who wrote the template. `what` says it of that place: `there is no field Foo`. */
export function formatError(source: string, place: Place, what: string): TsdockerError {
  const before = source.slice(0, place).split('\n');
  const at = `${before.length}:${before.at(-1)!.length + 1}`;
  return new TsdockerError('usage', `the template of --format fails at ${at}: ${what}`);
}
