// tsdocker stats: what containers use, once or redrawn as it changes.

import { type ContainerStats, containerStats } from '../engine/stats.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { renderFormat } from './format/format.ts';
import { untilInterrupted } from './interruption.ts';
import { screenful } from './screenful.ts';
import { fieldsOfStats, statsListing } from './stats-fields.ts';
import { statusOfEnd } from './usual-end.ts';
import { writeOutput } from './write-output.ts';

export const command: Command = {
  verb: {
    name: 'stats',
    summary: 'Show what containers use',
    operands: '[CONTAINER…]',
    least: 0,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'all', short: 'a', kind: 'switch', summary: 'Also those that do not run' },
      { name: 'no-stream', kind: 'switch', summary: 'Print the figures once and end' },
      { name: 'no-trunc', kind: 'switch', summary: 'Whole ids' },
      { name: 'format', kind: 'value', value: 'template', summary: 'table, json, or a Go template of one container' },
    ],
    examples: ["tsdocker stats --no-stream --format '{{.Name}}: {{.CPUPerc}} {{.MemUsage}}'"],
  },
  async call({ switches, values, operands }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const on = (name: string): boolean => switches.get(name) === true;
    const render = (containers: readonly ContainerStats[]): string =>
      renderFormat(
        containers.map((container) => fieldsOfStats(container, on('no-trunc'))),
        values.get('format'),
        statsListing,
      );
    render([]); // a template that is wrong is refused before any waiting
    const stream = !on('no-stream');
    const isScreen = stream && process.stdout.isTTY;
    async function* text(signal: AbortSignal): AsyncGenerator<Uint8Array> {
      if (isScreen) yield Buffer.from(screenful(render([]), process.stdout.rows, 'first'));
      for await (const containers of containerStats(store, operands, { stream, all: on('all'), signal })) {
        const lines = render(containers);
        yield Buffer.from(isScreen ? screenful(lines, process.stdout.rows) : lines);
      }
    }
    try {
      await untilInterrupted((signal) => writeOutput(undefined, text(signal), signal));
    } catch (error) {
      return statusOfEnd(error);
    }
    return 0;
  },
};
