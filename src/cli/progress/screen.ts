// The lines of a pull on a terminal, redrawn while it runs: the effects to render.ts and frame.ts.

import type { WriteStream } from 'node:tty';
import type { PullProgress } from '../../engine/pull.ts';
import { frame } from './frame.ts';
import { type Layers, withProgress } from './layers.ts';
import { renderProgress } from './render.ts';

/** What shows a pull. Disposing of it leaves all lines as they are at last. */
export interface ProgressDisplay extends Disposable {
  show(event: PullProgress): void;
}

/** Milliseconds between two drawings at least. */
const pause = 100;

/** Draws on the terminal, at most ten times a second. Nobody else may write there before it is disposed of. */
export function drawOn(terminal: WriteStream): ProgressDisplay {
  let layers: Layers = new Map();
  let drawn: readonly string[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const draw = (rows: number): void => {
    clearTimeout(timer);
    timer = undefined;
    last = performance.now();
    const columns = terminal.columns || 80;
    const lines = renderProgress([...layers.values()], columns, rows);
    terminal.write(frame(drawn, lines, columns));
    drawn = lines;
  };
  // One row is the cursor's.
  const drawNow = (): void => draw((terminal.rows || 24) - 1);
  const drawSoon = (): void => {
    const wait = last + pause - performance.now();
    if (wait <= 0) drawNow();
    else timer ??= setTimeout(drawNow, wait);
  };
  terminal.on('resize', drawSoon);
  return {
    show(event) {
      layers = withProgress(layers, event);
      drawSoon();
    },
    [Symbol.dispose]() {
      terminal.off('resize', drawSoon);
      clearTimeout(timer);
      if (layers.size > 0) draw(Number.POSITIVE_INFINITY);
    },
  };
}
