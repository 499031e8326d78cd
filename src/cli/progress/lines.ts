// The lines of a pull for a file or a pipe: one for each change, none ever drawn over.
import { type Layers, withProgress } from './layers.ts';
import type { ProgressDisplay } from './screen.ts';
import { changeLine } from './words.ts';

export function printLines(output: NodeJS.WritableStream): ProgressDisplay {
  let layers: Layers = new Map();
  return {
    show(event) {
      const before = layers.get(event.layer)?.status;
      const after = withProgress(layers, event);
      if (after === layers) return;
      layers = after;
      const line = changeLine(before, event);
      if (line !== undefined) output.write(`${line}\n`);
    },
    [Symbol.dispose]() {},
  };
}
