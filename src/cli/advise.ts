// What is granted and yet may not be what was meant, or what only the host's administrator can do: lines beside the output.
import { printable } from './printable.ts';

export function advise(line: string): void {
  process.stderr.write(`tsdocker: ${printable(line)}\n`);
}
