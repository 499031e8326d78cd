// Lays out JSON without touching what it says: every number, escape and doubled key stays as it was written (RFC 8259), which
// parsing and writing it again would not do.

/** @param text One JSON value, well formed. @param step What each level is set in by: `\t`. */
export function indentJson(text: string, step: string): string {
  const words = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  let level = 0;
  const line = () => `\n${step.repeat(level)}`;
  let laidOut = '';
  for (const [index, word] of words.entries()) {
    const isClosing = word === '}' || word === ']';
    const wasOpening = words[index - 1] === '{' || words[index - 1] === '[';
    if (isClosing) level--;
    // Nothing stands between the brackets of what is empty.
    if (isClosing !== wasOpening) laidOut += line();
    laidOut += word === ':' ? ': ' : word;
    if (word === '{' || word === '[') level++;
    if (word === ',') laidOut += line();
  }
  return laidOut;
}
