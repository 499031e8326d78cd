// What --filter says of events (`docker events --help`, "Filtering"): of several of one name any may fit, and of labels all must.
import { TsdockerError } from '../error.ts';
import type { StoreEvent } from '../store/read-events.ts';
import { hasLabel } from './container-labels.ts';

/** Whether an event fits one value of the filter. */
const tests: Readonly<Record<string, (event: StoreEvent, value: string) => boolean>> = {
  type: ({ type }, value) => type === value,
  event: ({ action }, value) => action === value || (openEnded.has(value) && action.startsWith(`${value}:`)),
  container: ({ type, id, attributes }, value) =>
    type === 'container' && (id.startsWith(value) || (attributes.name ?? '').startsWith(value.replace(/^\//, ''))),
  network: ({ type, id, attributes }, value) =>
    type === 'network' && (id.startsWith(value) || (attributes.name ?? '').startsWith(value)),
  image: (event, value) => namesOf(event).includes(value),
  label: ({ attributes }, value) => hasLabel(attributes, value),
  scope: (_event, value) => value === 'local',
};

/** Actions that say what was done after a colon. */
const openEnded = new Set(['health_status', 'exec_create', 'exec_start']);

const withoutTag = (name: string): string => name.replace(/(?:@[^/@]+|:[^/:@]+)$/, '');

/** By what an event's image may be asked for: as it was written, and without its tag. */
function namesOf({ type, id, attributes }: StoreEvent): string[] {
  const name = (type === 'image' ? attributes.name : attributes.image) ?? '';
  return [id, name, ...(id.startsWith('sha256:') ? [] : [withoutTag(id)]), withoutTag(name)];
}

/** @param written Each as `NAME=VALUE`. Throws `usage` for what is no filter. */
export function compileEventFilters(written: readonly string[]): (event: StoreEvent) => boolean {
  const given = Map.groupBy(written.map(splitFilter), ({ name }) => name);
  return (event) =>
    [...given].every(([name, filters]) => {
      const fits = ({ value }: { value: string }): boolean => tests[name]!(event, value);
      return name === 'label' ? filters.every(fits) : filters.some(fits);
    });
}

function splitFilter(text: string): { name: string; value: string } {
  const [, name = '', value = ''] = /^([^=]*?)\s*=\s*(.*)$/s.exec(text) ?? [];
  if (Object.hasOwn(tests, name) && value !== '') return { name, value };
  const why = Object.hasOwn(tests, name) || name === '' ? 'has no value' : 'is not known';
  throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} ${why}`, {
    hint: `write it as NAME=VALUE; there are ${Object.keys(tests).join(', ')}`,
  });
}
