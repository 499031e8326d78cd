// All verbs with their tables, for what tells of all of them: completion and the reference page.
import type { Command, Verb } from './flags.ts';
import { type Entry, verbs } from './verbs.ts';

export interface NamedVerb {
  /** Under the name by which it is called: `image ls`. */
  readonly verb: Verb;
  /** The other name of a verb that does the same. */
  readonly sameAs?: string;
}

/** Loads every verb; those of groups come after the others. */
export async function allVerbs(entries: readonly Entry[] = verbs): Promise<NamedVerb[]> {
  const leaves = entries.flatMap((entry) =>
    'load' in entry ? [entry] : entry.verbs.map(({ name, load }) => ({ name: `${entry.name} ${name}`, load })),
  );
  const names = new Map<Command, string>();
  const named: NamedVerb[] = [];
  for (const { name, load } of leaves) {
    const { command } = await load();
    const sameAs = names.get(command);
    if (sameAs === undefined) names.set(command, name);
    named.push({ verb: { ...command.verb, name }, ...(sameAs === undefined ? {} : { sameAs }) });
  }
  return named;
}
