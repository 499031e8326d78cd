// tsdocker images: lists images.
import { type ImageRow, imageRows } from '../engine/list-images.ts';
import { digestHex } from '../image/digest.ts';
import { openStore } from '../store/store.ts';
import { inWords } from './ago.ts';
import type { Command } from './flags.ts';
import type { Listing } from './format/format.ts';
import { goTime } from './format/time.ts';
import { humanSize } from './human-size.ts';
import { renderTable } from './table.ts';

export const command: Command = {
  verb: {
    name: 'images',
    summary: 'List images',
    operands: '[REPOSITORY[:TAG]]',
    least: 0,
    most: 1,
    flags: [
      { name: 'all', short: 'a', kind: 'switch', summary: 'Also intermediate images, of which there are none' },
      { name: 'digests', kind: 'switch', summary: 'Also the digests that registries know them by' },
      {
        name: 'filter',
        short: 'f',
        kind: 'list',
        value: 'filter',
        summary: 'Only these: dangling=true, reference=pattern, label=key=value, before=, since= or until=',
      },
      { name: 'format', kind: 'value', value: 'template', summary: 'table, json, or a Go template of one image' },
      { name: 'quiet', short: 'q', kind: 'switch', summary: 'Only ids' },
      { name: 'no-trunc', kind: 'switch', summary: 'Whole ids' },
    ],
    examples: ["tsdocker images 'team/*'", "tsdocker images --filter dangling=true --format '{{.ID}} {{.Size}}'"],
  },
  async call({ switches, lists, values, operands }, { root }) {
    using store = openStore(root);
    const on = (name: string): boolean => switches.get(name) === true;
    const now = Date.now();
    const filters = [...(lists.get('filter') ?? []), ...operands.map((pattern) => `reference=${pattern}`)];
    const rows = imageRows(store, { filters, digests: on('digests'), now }).map((row) =>
      fieldsOf(row, on('no-trunc'), now),
    );
    const format = values.get('format');
    if (format !== undefined && !on('quiet')) {
      const { renderFormat } = await import('./format/format.ts');
      process.stdout.write(renderFormat(rows, format, listing(on('digests'))));
    } else process.stdout.write(on('quiet') ? rows.map(({ ID }) => `${ID}\n`).join('') : table(rows, on('digests')));
    return 0;
  },
};

const headers = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
} as const;

type Fields = Readonly<Record<keyof typeof headers, string>>;

const columns = (digests: boolean): (keyof typeof headers)[] => [
  'Repository',
  'Tag',
  ...(digests ? (['Digest'] as const) : []),
  'ID',
  'CreatedSince',
  'Size',
];

const listing = (digests: boolean): Listing => ({
  headers,
  table: columns(digests)
    .map((name) => `{{.${name}}}`)
    .join('\t'),
  raw: 'repository: {{.Repository}}\\ntag: {{.Tag}}\\nimage_id: {{.ID}}\\ncreated_at: {{.CreatedAt}}\\nvirtual_size: {{.Size}}\\n',
});

function table(rows: readonly Fields[], digests: boolean): string {
  return renderTable([headers, ...rows].map((row) => columns(digests).map((name) => row[name])));
}

/** What a template can name, as Docker calls it; the last three it does not know either where it lists images. */
function fieldsOf({ repository, tag, digest, id, createdAt, size }: ImageRow, whole: boolean, now: number): Fields {
  const known = createdAt > 0;
  return {
    ID: whole ? id : digestHex(id).slice(0, 12),
    Repository: repository ?? '<none>',
    Tag: tag ?? '<none>',
    Digest: digest ?? '<none>',
    CreatedSince: known ? `${inWords(Math.max(0, now - createdAt))} ago` : 'N/A',
    CreatedAt: known ? goTime(createdAt) : 'N/A',
    Size: humanSize(size),
    VirtualSize: humanSize(size),
    Containers: 'N/A',
    SharedSize: 'N/A',
    UniqueSize: 'N/A',
  };
}
