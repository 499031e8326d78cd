// tsdocker system resume: starts a container again whose shim could not. Shims call it (engine/resume.ts).
import { resumeContainer } from '../engine/boot.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';

export const command: Command = {
  verb: {
    name: 'system resume',
    summary: 'Start a container again whose stored launch program failed',
    operands: 'ID',
    least: 1,
    most: 1,
    flags: [],
  },
  async call({ operands: [id = ''] }, { root }) {
    using store = openStore(root);
    resumeContainer(store, id);
    return 0;
  },
};
