// tsdocker stop: asks containers to end, and kills those that do not.
import { stopContainer } from '../engine/stop.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { forEach } from './several.ts';
import { stopFlags, stopOptions } from './stop-flags.ts';

export const command: Command = {
  verb: {
    name: 'stop',
    summary: 'Stop containers',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: stopFlags,
  },
  async call(parsed, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const options = stopOptions(parsed);
    return await forEach(parsed.operands, (name) => stopContainer(store, name, options));
  },
};
