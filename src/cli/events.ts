// tsdocker events: what happens to containers and images, a line each as it happens.
import { type StoreEvent, watchEvents } from '../engine/events.ts';
import { parseMoment } from '../engine/moment.ts';
import { openStore } from '../store/store.ts';
import { eventFields, eventLine } from './event-text.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { statusOfEnd } from './usual-end.ts';
import { writeOutput } from './write-output.ts';

export const command: Command = {
  verb: {
    name: 'events',
    summary: 'Show what happens to containers, images and networks',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      {
        name: 'filter',
        short: 'f',
        kind: 'list',
        value: 'filter',
        summary: 'Only these: type=container, event=die, container=name, image=name, network=name, label=key=value',
      },
      {
        name: 'since',
        kind: 'value',
        value: 'time',
        summary: 'Also what happened since then: 10m, 2026-01-31T09:30:00',
      },
      { name: 'until', kind: 'value', value: 'time', summary: 'End there' },
      { name: 'format', kind: 'value', value: 'template', summary: 'json, or a Go template of one event' },
    ],
    examples: ['tsdocker events --since 1h --filter type=container --filter event=die'],
  },
  async call({ values, lists }, { root }) {
    const now = Date.now();
    const moment = (name: string): number | undefined => {
      const text = values.get(name);
      return text === undefined || text === '' ? undefined : parseMoment(text, now);
    };
    const [since, until, format] = [moment('since'), moment('until'), values.get('format')];
    using store = openStore(root);
    const show = format === undefined || format === '' ? eventLine : await templateOf(format);
    try {
      await untilInterrupted(async (signal) => {
        const events = watchEvents(store, {
          filters: lists.get('filter') ?? [],
          ...(since === undefined ? {} : { since }),
          ...(until === undefined ? {} : { until }),
          signal,
        });
        await writeOutput(undefined, toBytes(events, show), signal);
      });
    } catch (error) {
      return statusOfEnd(error);
    }
    return 0;
  },
};

async function* toBytes<T>(items: AsyncIterable<T>, show: (item: T) => string): AsyncGenerator<Uint8Array> {
  for await (const item of items) yield Buffer.from(show(item));
}

/** Throws `usage` for a template that does not parse, before anything is waited for. */
async function templateOf(format: string): Promise<(event: StoreEvent) => string> {
  const [{ compileTemplate }, { goJson }] = await Promise.all([
    import('./format/template.ts'),
    import('./format/json.ts'),
  ]);
  if (format === 'json') return (event) => `${goJson(eventFields(event))}\n`;
  const template = compileTemplate(format);
  return (event) => `${template.render(eventFields(event))}\n`;
}
