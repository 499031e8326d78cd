// tsdocker ps: lists containers. What only some of its flags need is loaded for them only.

import { portsOf } from '../engine/container-ports.ts';
import { currentContainers } from '../engine/list-containers.ts';
import { isUp } from '../store/bundles.ts';
import type { ListedContainer } from '../store/containers.ts';
import { readHealth } from '../store/health.ts';
import { imageIdsByName } from '../store/image-ids.ts';
import { openStore } from '../store/store.ts';
import type { Command, Parsed } from './flags.ts';
import { headers, imageWords, usualColumns, usualFields } from './ps-fields.ts';
import { renderTable } from './table.ts';
import { parseWhole } from './values/numbers.ts';

export const command: Command = {
  verb: {
    name: 'ps',
    summary: 'List containers',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'all', short: 'a', kind: 'switch', summary: 'Also those that do not run' },
      {
        name: 'filter',
        short: 'f',
        kind: 'list',
        value: 'filter',
        summary:
          'Only these: id=, name=, label=, status=, exited=, health=, ancestor=, before=, since=, volume=, network=, …',
      },
      { name: 'format', kind: 'value', value: 'template', summary: 'table, json, or a Go template of one container' },
      { name: 'last', short: 'n', kind: 'value', value: 'number', summary: 'The newest so many, in any state' },
      { name: 'latest', short: 'l', kind: 'switch', summary: 'The newest, in any state' },
      { name: 'no-trunc', kind: 'switch', summary: 'Nothing is cut short' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Only ids' },
      { name: 'size', short: 's', kind: 'switch', summary: 'Also how much each has written' },
    ],
    examples: ["tsdocker ps -a --format 'table {{.Names}}\\t{{.Status}}'", 'tsdocker ps -q --filter label=tier=web'],
  },
  async call(parsed, { root }) {
    const limit = limitOf(parsed);
    using store = openStore(root);
    const on = (name: string): boolean => parsed.switches.get(name) === true;
    const containers = await choose(store, parsed, limit);
    const format = parsed.values.get('format') || 'table';
    const whole = on('no-trunc');
    if (on('quiet') && format === 'table') {
      process.stdout.write(containers.map(({ record: { id } }) => `${whole ? id : id.slice(0, 12)}\n`).join(''));
      return 0;
    }
    const [imageOf, now] = [imageWords(imageIdsByName(store), whole), Date.now()];
    const rows = containers.map((container) => {
      const shown = { ...container, health: readHealth(store, container)?.status, ports: portsOf(store, container) };
      return { shown, fields: usualFields(shown, imageOf, whole, now) };
    });
    if (format === 'table' && !on('size')) {
      const lines = rows.map(({ fields }) => usualColumns.map((name) => fields[name]));
      process.stdout.write(renderTable([usualColumns.map((name) => headers[name]), ...lines]));
    } else {
      const { renderContainers } = await import('./ps-format.ts');
      process.stdout.write(renderContainers(store, rows, format, { whole, size: on('size'), quiet: on('quiet') }));
    }
    return 0;
  },
};

/** 0 for no limit. */
function limitOf({ values, switches }: Parsed): number {
  const last = values.get('last');
  if (last !== undefined) return Math.max(0, parseWhole('last', last, -1, 2 ** 31 - 1));
  return switches.get('latest') === true ? 1 : 0;
}

async function choose(
  store: ReturnType<typeof openStore>,
  { lists, switches }: Parsed,
  limit: number,
): Promise<ListedContainer[]> {
  const all = currentContainers(store);
  const filters = lists.get('filter');
  const filter =
    filters === undefined
      ? undefined
      : (await import('../engine/container-filters.ts')).compileContainerFilters(store, filters, all);
  const anyState = switches.get('all') === true || filter?.all === true || limit > 0;
  const chosen = all.filter(
    (container) => (anyState || isUp(container.state)) && (filter === undefined || filter.passes(container)),
  );
  return limit === 0 ? chosen : chosen.slice(0, limit);
}
