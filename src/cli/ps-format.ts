// The lists of `ps` beyond its usual table: --format, and --size.
import { executionConfigs } from '../engine/container-image.ts';
import { containerSize } from '../engine/container-size.ts';
import { mountPoints } from '../engine/inspect/mounts.ts';
import { networksByContainer } from '../engine/network-names.ts';
import { bundlePath } from '../store/bundles.ts';
import type { Store } from '../store/store.ts';
import { renderFormat } from './format/format.ts';
import { humanSize } from './human-size.ts';
import { headers, moreFields, type Shown, usualColumns, type usualFields } from './ps-fields.ts';

export interface PsFormat {
  readonly whole: boolean;
  readonly size: boolean;
  readonly quiet: boolean;
}

/** @param format `table`, `raw`, `json`, or a template. Throws `usage` for a template that fails. */
export function renderContainers(
  store: Store,
  rows: readonly { readonly shown: Shown; readonly fields: ReturnType<typeof usualFields> }[],
  format: string,
  { whole, size, quiet }: PsFormat,
): string {
  const configOf = executionConfigs(store);
  // Sizes are a look at every file: only for those who ask.
  const measured = size || /Size|json|\{\{-?\s*\.\s*-?\}\}/.test(format);
  // One query for all, for those who ask.
  const networksOf = /Networks|json|\{\{-?\s*\.\s*-?\}\}/.test(format) ? networksByContainer(store) : () => [];
  const full = rows.map(({ shown, fields }) => {
    const { id, settings } = shown.record;
    const image = configOf(settings.imageId);
    const facts = {
      labels: { ...image.Labels, ...settings.options.labels },
      mounts: mountPoints(settings, bundlePath(store, id)),
      size: measured ? sizeWords(store, shown) : '0B',
      networks: networksOf(shown.record).map(({ name }) => name),
    };
    return { ...fields, ...moreFields(shown, facts, whole) };
  });
  const columns = [...usualColumns, ...(size ? (['Size'] as const) : [])];
  return renderFormat(full, format, {
    headers,
    table: columns.map((name) => `{{.${name}}}`).join('\t'),
    raw: quiet ? 'container_id: {{.ID}}' : `${rawLines}${size ? 'size: {{.Size}}\\n' : ''}`,
  });
}

const rawLines =
  'container_id: {{.ID}}\\nimage: {{.Image}}\\ncommand: {{.Command}}\\ncreated_at: {{.CreatedAt}}\\nstate: {{.State}}\\n' +
  'status: {{.Status}}\\nnames: {{.Names}}\\nlabels: {{.Labels}}\\nports: {{.Ports}}\\n';

function sizeWords(store: Store, { record }: Shown): string {
  const { written, root } = containerSize(store, record);
  return `${humanSize(written)}${root > 0 ? ` (virtual ${humanSize(root)})` : ''}`;
}
