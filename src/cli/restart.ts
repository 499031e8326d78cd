// tsdocker restart: stops containers where they run, and starts them.
import { restartContainer } from '../engine/restart.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { forEach } from './several.ts';
import { stopFlags, stopOptions } from './stop-flags.ts';

export const command: Command = {
  verb: {
    name: 'restart',
    summary: 'Stop containers and start them again',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: stopFlags,
  },
  async call(parsed, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    const options = stopOptions(parsed);
    return await forEach(parsed.operands, (name) => restartContainer(store, name, options));
  },
};
