// Drawing lines over those drawn before, with the two movements that every terminal knows (ECMA-48: CUU, ED). The cursor is never
// hidden and always stands below the lines, so that however the program ends, the terminal is as it should be. Pure.
const up = (rows: number): string => (rows === 0 ? '' : `\x1b[${rows}A`);
const clearBelow = '\x1b[J';
const clearLine = '\x1b[K';

/** @param drawn The lines that stand there. @param columns How wide the terminal is now: it may have been narrowed since. */
export function frame(drawn: readonly string[], lines: readonly string[], columns: number): string {
  const text = lines.map((line) => `${line}${clearLine}\n`).join('');
  return `${up(rowsOf(drawn, columns))}\r${text}${clearBelow}`;
}

/** Terminals wrap what became too long when they were narrowed. */
const rowsOf = (lines: readonly string[], columns: number): number =>
  lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / Math.max(1, columns))), 0);
