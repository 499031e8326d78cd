// A list that is drawn again and again on a cleared terminal, each time over the one before (ECMA-48: CUP, ED, EL). Pure.
const home = '\x1b[H';
const clear = '\x1b[2J';
const clearLine = '\x1b[K';
const clearBelow = '\x1b[J';

/** @param text Lines, each with its end. @param rows How many the terminal has: what does not fit would scroll the rest away. */
export function screenful(text: string, rows: number, which: 'first' | 'next' = 'next'): string {
  const lines = text.split('\n').slice(0, -1);
  const room = Math.max(2, rows - 1); // the cursor stands in the last
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`];
  return `${which === 'first' ? clear : ''}${home}${shown.map((line) => `${line}${clearLine}\n`).join('')}${clearBelow}`;
}
