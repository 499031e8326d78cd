// Lines with tabs in them as columns, as Docker sets them (Go's text/tabwriter: cells end with a tab, what follows the last tab
// is no cell and takes no room).
const gap = 3;
/** Docker's narrowest column, its gap included. */
const narrowest = 10;

/** @returns All lines, each with its line end. */
export function alignColumns(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => line.split('\n')).map((line) => line.split('\t'));
  const widths: number[] = [];
  for (const cells of rows) {
    for (const [column, cell] of cells.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? narrowest - gap, lengthOf(cell));
    }
  }
  const pad = (cell: string, column: number): string => cell + ' '.repeat(widths[column]! + gap - lengthOf(cell));
  return rows.map((cells) => `${cells.slice(0, -1).map(pad).join('')}${cells.at(-1)}\n`).join('');
}

const lengthOf = (text: string): number => [...text].length;
