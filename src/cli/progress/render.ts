// Layers as lines of a terminal, with bars where there is room, as Docker draws them. Pure.
import type { PullProgress } from '../../engine/pull.ts';
import { humanSize } from '../human-size.ts';
import { isDone } from './layers.ts';
import { layerLine } from './words.ts';

const longestBar = 50;
/** A shorter one says nothing that the numbers do not. */
const shortestBar = 8;

/**
 * A line for each layer, none longer than a terminal of so many columns shows without wrapping. Where there are more layers than
 * `rows`, those that are at work are shown first, and the last line says how many are not.
 */
export function renderProgress(layers: readonly PullProgress[], columns: number, rows = Infinity): string[] {
  // A line as long as the terminal is wide wraps in some of them.
  const width = Math.max(1, columns - 1);
  const { shown, hidden } = choose(layers, Math.max(1, rows));
  const lines = shown.map((layer) => renderLayer(layer, width));
  return (hidden.length === 0 ? lines : [...lines, summary(hidden)]).map((line) => line.slice(0, width));
}

interface Choice {
  readonly shown: readonly PullProgress[];
  readonly hidden: readonly PullProgress[];
}

function choose(layers: readonly PullProgress[], rows: number): Choice {
  if (layers.length <= rows) return { shown: layers, hidden: [] };
  const byInterest = [...layers].sort((a, b) => interest(b) - interest(a));
  const chosen = new Set(byInterest.slice(0, rows - 1));
  // In their own order: a line that jumps cannot be followed.
  return {
    shown: layers.filter((layer) => chosen.has(layer)),
    hidden: layers.filter((layer) => !chosen.has(layer)),
  };
}

const interest = (layer: PullProgress): number =>
  isDone(layer) ? 0 : layer.status === 'waiting' ? 1 : layer.status === 'downloaded' ? 2 : 3;

function summary(hidden: readonly PullProgress[]): string {
  const done = hidden.filter(isDone).length;
  return `… and ${hidden.length} more, ${done} of them complete`;
}

function renderLayer(layer: PullProgress, width: number): string {
  const line = layerLine(layer);
  const { status, current, total } = layer;
  if ((status !== 'downloading' && status !== 'unpacking') || current === undefined) return line;
  // More than was announced: the whole is not known.
  const isKnown = total !== undefined && total > 0 && current <= total;
  const numbers = humanSize(current, 4).padStart(8) + (isKnown ? `/${humanSize(total, 4)}` : '');
  const room = Math.min(longestBar, width - line.length - numbers.length - ' [>] '.length);
  if (!isKnown || room < shortestBar) return `${line} ${numbers.trimStart()}`;
  const done = Math.floor((room * current) / total);
  return `${line} [${'='.repeat(done)}>${' '.repeat(room - done)}] ${numbers}`;
}
