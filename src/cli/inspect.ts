// tsdocker inspect: all that is known of containers, images and networks, as JSON or by a template (docker inspect).
import { inspectObject, type ObjectKind } from '../engine/inspect.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command, Flag, Parsed } from './flags.ts';
import { printable, printableJson } from './printable.ts';

export const formatFlag: Flag = {
  name: 'format',
  short: 'f',
  kind: 'value',
  value: 'template',
  summary: 'Print each so (a Go template, or json)',
};

/** Of containers only. */
export const sizeFlag: Flag = {
  name: 'size',
  short: 's',
  kind: 'switch',
  summary: 'Also how much each container has written',
};

export const command: Command = {
  verb: {
    name: 'inspect',
    summary: 'Show all that is known of containers, images and networks',
    operands: 'NAME…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      formatFlag,
      sizeFlag,
      { name: 'type', kind: 'value', value: 'container|image|network', summary: 'Look only among these' },
    ],
    examples: ["tsdocker inspect -f '{{.Config.Cmd}}' alpine"],
  },
  async call(parsed, { root }) {
    return printInspected(parsed, root, kindsOf(parsed.values.get('type')));
  },
};

function kindsOf(type: string | undefined): readonly ObjectKind[] {
  if (type === undefined || type === '') return ['container', 'image', 'network'];
  if (type === 'image' || type === 'container' || type === 'network') return [type];
  throw new TsdockerError('usage', `there is nothing of the type ${JSON.stringify(type)} to inspect`, {
    hint: 'the types are container, image and network',
  });
}

/** Prints what is found, and then complains of what is not. Throws what the first that failed threw. */
export async function printInspected(parsed: Parsed, root: string, kinds: readonly ObjectKind[]): Promise<number> {
  const format = parsed.values.get('format');
  const failures: TsdockerError[] = [];
  const size = parsed.switches.get('size') === true;
  using store = openStore(root);
  if (kinds.includes('container')) sweepContainers(store);
  const found = parsed.operands.flatMap((name) => {
    try {
      return [inspectObject(store, name, kinds, { size })];
    } catch (error) {
      if (!(error instanceof TsdockerError)) throw error;
      failures.push(error);
      return [];
    }
  });
  if (format === undefined || format === '') process.stdout.write(indented(found));
  else if (found.length > 0) {
    const { renderValues } = await import('./format/format.ts');
    process.stdout.write(renderValues(found, format));
  }
  const [first, ...others] = failures;
  for (const { message, hint } of others)
    process.stderr.write(
      `tsdocker: ${printable(message)}\n${hint === undefined ? '' : `  hint: ${printable(hint)}\n`}`,
    );
  if (first !== undefined) throw first;
  return 0;
}

/** As Docker lays it out. */
function indented(values: readonly unknown[]): string {
  const plain = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  return `${printableJson(JSON.stringify(values, plain, 4))}\n`;
}
