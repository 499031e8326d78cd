// tsdocker wait: waits until containers end, and prints what they ended with.
import { sweepContainers } from '../engine/sweep.ts';
import { waitForContainer } from '../engine/wait.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { printFailure } from './print-failure.ts';

export const command: Command = {
  verb: {
    name: 'wait',
    summary: 'Wait until containers end, and print their exit statuses',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [],
  },
  async call({ operands }, { root }) {
    using store = openStore(root);
    sweepContainers(store);
    // All from now on: one that ends while another is waited for must not be missed.
    const exits = operands.map((name) => waitForContainer(store, name).catch((error: unknown) => ({ error })));
    let failure: { readonly error: unknown } | undefined;
    for (const exit of exits) {
      const ended = await exit;
      if ('error' in ended) {
        if (failure !== undefined) printFailure(failure.error);
        failure = ended;
      } else process.stdout.write(`${ended.exitCode}\n`);
    }
    if (failure !== undefined) throw failure.error;
    return 0;
  },
};
