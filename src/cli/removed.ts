// What was removed, in Docker's words.
import type { Removed } from '../engine/remove-image.ts';
import { humanSize } from './human-size.ts';

/** As `rmi` says it: `Untagged: alpine:3.22`. */
export const removedLine = ({ action, what }: Removed): string =>
  `${action === 'untagged' ? 'Untagged' : 'Deleted'}: ${what}\n`;

/** As the prunes say it: the list, where there is anything, and a line for what is free now. */
export function prunedText(
  lists: readonly { readonly title: string; readonly lines: readonly string[] }[],
  reclaimed: number,
): string {
  const shown = lists.filter(({ lines }) => lines.length > 0);
  const text = shown.map(({ title, lines }) => `${title}:\n${lines.map((line) => `${line}\n`).join('')}\n`).join('');
  return `${text}Total reclaimed space: ${humanSize(reclaimed, 4)}\n`;
}

export const prunedLine = ({ action, what }: Removed): string => `${action}: ${what}`;
