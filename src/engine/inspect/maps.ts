// Names that are data, as templates and Docker's JSON have them: maps, in the order of their keys. Objects are for fields.
type Values = Readonly<Record<string, unknown>>;

export const sortedMap = (values: Values): Map<string, unknown> =>
  new Map(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Go's way of writing a set. */
export const setOf = (names: readonly string[]): Map<string, unknown> =>
  new Map([...names].sort().map((name) => [name, {}]));

/** A field that is left out where it has nothing in it. */
export const unlessEmpty = (name: string, values: Values): Values =>
  Object.keys(values).length === 0 ? {} : { [name]: sortedMap(values) };

/** Go's empty list. */
export const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);
