// Which of the things that could be pruned are meant (docker container prune, docker network prune, --filter).
import { TsdockerError } from '../error.ts';
import { hasLabel } from './container-labels.ts';
import { parseMoment } from './moment.ts';

export interface Prunable {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Asked for only where a filter is about them. */
  labels(): Readonly<Record<string, string>>;
}

/**
 * What `until=`, `label=` and `label!=` say, all of which must be so; of several moments the earliest counts. Throws `usage` for
 * any other filter.
 */
export function compilePruneFilters(filters: readonly string[], now: number): (thing: Prunable) => boolean {
  const parts = filters.map((text) => {
    const [, name, value = ''] = /^(until|label!?)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined) return { name, value };
    throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} is not known`, {
      hint: 'there are until=24h, label=key, label=key=value and the same with label!=',
    });
  });
  const valuesOf = (wanted: string): string[] => parts.flatMap(({ name, value }) => (name === wanted ? [value] : []));
  const until = Math.min(...valuesOf('until').map((text) => parseMoment(text, now)));
  const [wanted, unwanted] = [valuesOf('label'), valuesOf('label!')];
  return (thing) => {
    if (thing.createdAt >= until) return false;
    if (wanted.length === 0 && unwanted.length === 0) return true;
    const labels = thing.labels();
    return wanted.every((label) => hasLabel(labels, label)) && !unwanted.some((label) => hasLabel(labels, label));
  };
}
