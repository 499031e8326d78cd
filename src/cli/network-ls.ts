// tsdocker network ls: lists networks.
import { filteredNetworks } from '../engine/network/list.ts';
import type { NetworkRecord } from '../store/networks.ts';
import { openStore } from '../store/store.ts';
import { byName } from './by-name.ts';
import type { Command } from './flags.ts';
import { goMoment } from './format/time.ts';
import { orStatus1 } from './network-status.ts';
import { renderTable } from './table.ts';

export const command: Command = {
  verb: {
    name: 'network ls',
    summary: 'List networks',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      {
        name: 'filter',
        short: 'f',
        kind: 'list',
        value: 'filter',
        summary: 'Only these: driver=, id=, label=, name=, scope=, type=builtin, type=custom, dangling=true',
      },
      { name: 'format', kind: 'value', value: 'template', summary: 'table, json, or a Go template of one network' },
      { name: 'no-trunc', kind: 'switch', summary: 'Whole ids' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Only ids' },
    ],
    examples: ["tsdocker network ls --filter type=custom --format '{{.Name}} {{.Labels}}'"],
  },
  call: ({ switches, values, lists }, { root }) =>
    orStatus1(async () => {
      using store = openStore(root);
      const whole = switches.get('no-trunc') === true;
      const rows = filteredNetworks(store, lists.get('filter'))
        .sort((a, b) => byName(a.name, b.name))
        .map((network) => fieldsOf(network, whole));
      const format = values.get('format') || 'table';
      const isQuiet = switches.get('quiet') === true;
      if (isQuiet && format === 'table') process.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
      else if (format === 'table') process.stdout.write(table(rows));
      else {
        const { renderFormat } = await import('./format/format.ts');
        process.stdout.write(renderFormat(rows, format, listing(isQuiet)));
      }
      return 0;
    }),
};

const headers = {
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv4: 'IPV4',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
} as const;

const columns = ['ID', 'Name', 'Driver', 'Scope'] as const;

const listing = (isQuiet: boolean) => ({
  headers: { ...headers, Label: 'LABEL' },
  table: columns.map((name) => `{{.${name}}}`).join('\t'),
  raw: isQuiet
    ? 'network_id: {{.ID}}'
    : 'network_id: {{.ID}}\\nname: {{.Name}}\\ndriver: {{.Driver}}\\nscope: {{.Scope}}\\n',
});

type Fields = ReturnType<typeof fieldsOf>;

const table = (rows: readonly Fields[]): string =>
  renderTable([headers, ...rows].map((row) => columns.map((name) => row[name])));

/** What a template can name, as Docker calls it. */
function fieldsOf({ id, name, driver, createdAt, settings }: NetworkRecord, whole: boolean) {
  const { labels, internal, ipv6, subnets } = settings;
  const keys = Object.keys(labels).sort();
  return {
    ID: whole ? id : id.slice(0, 12),
    Name: name,
    Driver: driver,
    Scope: 'local',
    IPv4: String(driver === 'bridge' && (subnets.length === 0 || subnets.some(({ subnet }) => !subnet.includes(':')))),
    IPv6: String(ipv6),
    Internal: String(internal),
    Labels: keys.map((key) => `${key}=${labels[key]}`).join(','),
    Label: (key: unknown): string => (Object.hasOwn(labels, String(key)) ? labels[String(key)]! : ''),
    CreatedAt: goMoment(createdAt),
  };
}
