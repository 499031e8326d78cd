// Which networks --filter means (docker network ls --help, "Filtering"). Of several values of one filter any may hold, of several
// filters all must; labels must all be there.
import { TsdockerError } from '../../error.ts';
import { listEndpoints } from '../../store/endpoints.ts';
import { isPredefined, listNetworks, type NetworkRecord } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { hasLabel } from '../container-labels.ts';

type Test = (network: NetworkRecord, isUsed: boolean) => boolean;

const readers: Readonly<Record<string, (value: string) => Test>> = {
  dangling: (value) => {
    const wanted = parseTruth('dangling', value);
    return ({ name }, isUsed) => (!isPredefined(name) && !isUsed) === wanted;
  },
  driver:
    (value) =>
    ({ driver }) =>
      driver === value,
  id:
    (value) =>
    ({ id }) =>
      id.includes(value),
  label:
    (value) =>
    ({ settings }) =>
      hasLabel(settings.labels, value),
  name:
    (value) =>
    ({ name }) =>
      name.includes(value),
  scope: (value) => {
    const wanted = oneOf('scope', value, ['local', 'global', 'swarm']);
    return () => wanted === 'local';
  },
  type: (value) => {
    const wanted = oneOf('type', value, ['builtin', 'custom']);
    return ({ name }) => isPredefined(name) === (wanted === 'builtin');
  },
};

/** By their names. @param filters `NAME=VALUE` each. Throws `usage`. */
export function filteredNetworks(store: Store, filters: readonly string[] = []): NetworkRecord[] {
  const isMeant = compileNetworkFilters(filters);
  const used = new Set(listEndpoints(store).map(({ networkId }) => networkId));
  return listNetworks(store).filter((network) => isMeant(network, used.has(network.id)));
}

function compileNetworkFilters(filters: readonly string[]): Test {
  const given = Map.groupBy(filters.map(splitFilter), ({ name }) => name);
  const tests = [...given].map(([name, values]): Test => {
    const alternatives = values.map(({ value }) => readers[name]!(value));
    return name === 'label'
      ? (network, isUsed) => alternatives.every((test) => test(network, isUsed))
      : (network, isUsed) => alternatives.some((test) => test(network, isUsed));
  });
  return (network, isUsed) => tests.every((test) => test(network, isUsed));
}

function splitFilter(text: string): { name: string; value: string } {
  const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const known = name.trim().toLowerCase();
  if (Object.hasOwn(readers, known)) return { name: known, value: value.trim() };
  const why = text.includes('=') ? 'is not known' : 'has no value';
  throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} ${why}`, {
    hint: `write it as NAME=VALUE; there are ${Object.keys(readers).join(', ')}`,
  });
}

function oneOf(name: string, value: string, words: readonly string[]): string {
  if (words.includes(value)) return value;
  throw new TsdockerError('usage', `the filter ${name} does not take ${JSON.stringify(value)}`, {
    hint: `it is one of ${words.join(', ')}`,
  });
}

const parseTruth = (name: string, value: string): boolean =>
  ['true', '1'].includes(oneOf(name, value, ['true', 'false', '1', '0']));
