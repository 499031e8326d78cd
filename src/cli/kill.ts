// tsdocker kill: sends a signal to containers.
import { killContainer } from '../engine/stop.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { forEach } from './several.ts';
import { parseSignal } from './values/kernel.ts';

export const command: Command = {
  verb: {
    name: 'kill',
    summary: 'Kill containers, or send them a signal',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'signal', short: 's', kind: 'value', value: 'signal', summary: 'Signal to send (default SIGKILL)' },
    ],
  },
  async call({ operands, values }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const signal = parseSignal('signal', values.get('signal') || 'SIGKILL');
    return await forEach(operands, (name) => killContainer(store, name, signal));
  },
};
