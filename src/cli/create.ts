// tsdocker create: makes a container and does not start it.
import { createContainer } from '../engine/create.ts';
import { obtainImage } from '../engine/obtain.ts';
import { planContainer } from '../engine/plan.ts';
import { networkWarnings } from '../spec/network-conflicts.ts';
import { openStore } from '../store/store.ts';
import { advise } from './advise.ts';
import { caller } from './caller.ts';
import type { Command } from './flags.ts';
import { pullOnStderr } from './pull-on-stderr.ts';
import { createVerb } from './run-flags.ts';
import { runOptions } from './run-options.ts';

export const command: Command = {
  verb: createVerb,
  async call(parsed, { root }) {
    const options = runOptions(parsed, caller());
    for (const warning of networkWarnings(options)) advise(warning);
    using store = openStore(root);
    const image = await obtainImage(store, options.image, {
      pull: options.pull,
      registries: options.registries,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      pullWith: pullOnStderr(options),
    });
    process.stdout.write(`${createContainer(store, planContainer(store, image, options))}\n`);
    return 0;
  },
};
