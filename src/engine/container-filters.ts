// What --filter says of containers (`docker ps --help`, "Filtering"). Of several values of one filter any may hold, of several
// filters all must; labels must all be there.

import { resolve } from 'node:path';
import { TsdockerError } from '../error.ts';
import { bundlePath } from '../store/bundles.ts';
import type { ListedContainer } from '../store/containers.ts';
import { readHealth } from '../store/health.ts';
import { findRecord } from '../store/images.ts';
import type { Store } from '../store/store.ts';
import { executionConfigs } from './container-image.ts';
import { hasLabel } from './container-labels.ts';
import { portsOf } from './container-ports.ts';
import { mountPoints } from './inspect/mounts.ts';
import { networksByContainer } from './network-names.ts';

export interface ContainerFilter {
  passes(container: ListedContainer): boolean;
  /** Containers that do not run are asked for, without -a. */
  readonly all: boolean;
}

const statuses = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'] as const;
const healths = ['starting', 'healthy', 'unhealthy', 'none'] as const;

type Test = (container: ListedContainer) => boolean;

/** For each filter, what one value of it asks. Throws `usage`, and `notFound` for a container that is named and not there. */
const readers = {
  id: (value) => {
    const matches = pattern(value);
    return ({ record }) => matches(record.id);
  },
  name: (value) => {
    const matches = pattern(value);
    return ({ record }) => matches(record.name) || matches(`/${record.name}`);
  },
  label: (value, { configOf }) => {
    return ({ record: { settings } }) =>
      hasLabel({ ...configOf(settings.imageId).Labels, ...settings.options.labels }, value);
  },
  exited: (value) => {
    if (!/^-?\d{1,9}$/.test(value)) refuse('exited', value, 'an exit status is a number');
    return ({ state }) => state.status === 'exited' && state.exitCode === Number(value);
  },
  status: (value) => {
    oneOf('status', value, statuses);
    return ({ state: { status } }) => (status === 'creating' ? 'created' : status) === value;
  },
  health: (value, { store }) => {
    oneOf('health', value, healths);
    return (container) => (readHealth(store, container)?.status ?? 'none') === value;
  },
  ancestor: (value, { store }) => {
    const image = imageOf(store, value);
    if (image === undefined) return () => false;
    const top = image.chain.length - 1;
    return ({ record }) =>
      record.settings.imageId === image.configDigest ||
      // The name of a layer stands for all below it as well: an image that begins so was made from this one.
      (top >= 0 && record.chain[top] === image.chain[top]);
  },
  before: (value, { place }) => {
    const limit = place(value);
    return ({ record }) => place(record.id) > limit;
  },
  since: (value, { place }) => {
    const limit = place(value);
    return ({ record }) => place(record.id) < limit;
  },
  volume: (value, { store }) => {
    const path = value.startsWith('/') ? resolve(value) : value;
    return ({ record: { id, settings } }) =>
      mountPoints(settings, bundlePath(store, id)).some(
        ({ Name, Source, Destination }) => Destination === path || (Name || Source) === path,
      );
  },
  network: (value, { networksOf }) => {
    // As in Docker: a name, or how an id begins.
    return ({ record }) =>
      networksOf()(record).some(({ id, name }) => name === value || (value !== '' && id.startsWith(value)));
  },
  publish: (value, { store }) => {
    const matches = portRange('publish', value);
    return (container) => portsOf(store, container).some(({ hostPort, protocol }) => matches(hostPort, protocol));
  },
  expose: (value, { store }) => {
    const matches = portRange('expose', value);
    return (container) => portsOf(store, container).some(({ port, protocol }) => matches(port, protocol));
  },
  'is-task': (value) => {
    oneOf('is-task', value, ['true', 'false', '1', '0']);
    return () => value === 'false' || value === '0';
  },
} satisfies Record<string, (value: string, facts: Facts) => Test>;

type FilterName = keyof typeof readers;

interface Facts {
  readonly store: Store;
  readonly configOf: ReturnType<typeof executionConfigs>;
  /** Looked up when it is first asked for. */
  networksOf(): ReturnType<typeof networksByContainer>;
  /** Where a container stands in the list, the newest first. */
  place(nameOrId: string): number;
}

/**
 * @param written `NAME=VALUE` each.
 * @param containers All that there are, the newest first, which is what the filter is for. Throws `usage` and `notFound`.
 */
export function compileContainerFilters(
  store: Store,
  written: readonly string[],
  containers: readonly ListedContainer[],
): ContainerFilter {
  let networks: ReturnType<typeof networksByContainer> | undefined;
  const facts: Facts = {
    store,
    configOf: executionConfigs(store),
    networksOf: () => {
      networks ??= networksByContainer(store);
      return networks;
    },
    place: places(containers),
  };
  const given = Map.groupBy(written.map(splitFilter), ({ name }) => name);
  const tests = [...given].map(([name, filters]): Test => {
    const alternatives = filters.map(({ value }) => readers[name](value, facts));
    return name === 'label'
      ? (container) => alternatives.every((test) => test(container))
      : (container) => alternatives.some((test) => test(container));
  });
  return { passes: (container) => tests.every((test) => test(container)), all: given.has('status') };
}

function splitFilter(text: string): { name: FilterName; value: string } {
  const [, name, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) {
    throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} has no value`, {
      hint: 'write it as NAME=VALUE',
    });
  }
  const known = name.trim().toLowerCase();
  if (Object.hasOwn(readers, known)) return { name: known as FilterName, value: value.trim() };
  throw new TsdockerError('usage', `the filter ${JSON.stringify(text)} is not known`, {
    hint: `there are ${Object.keys(readers).join(', ')}`,
  });
}

function refuse(name: string, value: string, hint: string): never {
  throw new TsdockerError('usage', `the filter ${name} does not take ${JSON.stringify(value)}`, { hint });
}

function oneOf(name: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) refuse(name, value, `it is one of ${words.join(', ')}`);
}

/** As in Docker, a regular expression, which matches nothing where it is none; the whole text always does. */
function pattern(value: string): (text: string) => boolean {
  let expression: RegExp | undefined;
  try {
    expression = new RegExp(value, 'u');
  } catch {
    // matches nothing but itself
  }
  return (text) => text === value || expression?.test(text) === true;
}

/** `80`, `80-90/tcp`. Throws `usage`. */
function portRange(name: string, value: string): (port: number | undefined, protocol: string) => boolean {
  const [, start, end = start, wanted = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(value) ?? [];
  if (start === undefined) refuse(name, value, 'write it as 80, or 80-90/tcp');
  const [first, last] = [Number(start), Number(end)];
  return (port, protocol) => port !== undefined && port >= first && port <= last && protocol === wanted;
}

function imageOf(store: Store, name: string) {
  try {
    return findRecord(store, name).image;
  } catch {
    return undefined; // as in Docker: no container is made from an image that is not there
  }
}

function places(containers: readonly ListedContainer[]): Facts['place'] {
  const known = new Map<string, number>();
  for (const [index, { record }] of containers.entries()) known.set(record.name, index).set(record.id, index);
  return (text) => {
    const exact = known.get(text);
    if (exact !== undefined) return exact;
    const begun = containers.flatMap(({ record }, index) => (record.id.startsWith(text) ? [index] : []));
    if (begun.length === 1 && text !== '') return begun[0]!;
    throw new TsdockerError('notFound', `there is no container ${text}`, { hint: 'tsdocker ps -a lists them all' });
  };
}
