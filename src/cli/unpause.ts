// tsdocker unpause: let paused containers go on.
import { pauseContainer } from '../engine/stop.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { forEach } from './several.ts';

export const command: Command = {
  verb: {
    name: 'unpause',
    summary: 'Let paused containers go on',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [],
  },
  async call({ operands }, { root }) {
    using store = openStore(root);
    return await forEach(operands, (name) => pauseContainer(store, name, false));
  },
};
