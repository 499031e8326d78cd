// tsdocker update: changes the limits and the restart policy of containers, at once where they run.
import { availableParallelism, totalmem } from 'node:os';
import { sweepContainers } from '../engine/sweep.ts';
import { updateContainer } from '../engine/update.ts';
import { TsdockerError } from '../error.ts';
import type { RunOptions } from '../spec/run-options.ts';
import { openStore } from '../store/store.ts';
import type { Command, Parsed } from './flags.ts';
import { runVerb } from './run-flags.ts';
import { type Caller, runOptions } from './run-options.ts';
import { givenAnew, valuesOf } from './update-values.ts';

const flagNames = [...valuesOf.keys()];

export const command: Command = {
  verb: {
    name: 'update',
    summary: 'Change the limits and the restart policy of containers',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: runVerb.flags.filter(({ name }) => flagNames.includes(name)),
    examples: ['tsdocker update --memory 256m --pids-limit 100 web', 'tsdocker update --restart unless-stopped web db'],
  },
  async call(parsed, { root }) {
    if (parsed.values.size === 0) {
      throw new TsdockerError('usage', 'nothing is to be changed', {
        hint: 'give one of --memory, --cpus, --pids-limit, --restart, …: tsdocker update --help lists them',
      });
    }
    using store = openStore(root);
    sweepContainers(store);
    let failure: unknown;
    for (const name of parsed.operands) {
      try {
        await updateContainer(store, name, (options) => changed(options, parsed));
        process.stdout.write(`${name}\n`);
      } catch (error) {
        failure ??= error; // as in Docker: the others are changed all the same
      }
    }
    if (failure !== undefined) throw failure;
    return 0;
  },
};

/** What `run` would make of the values until now and these: so the rules are the same. */
function changed(options: RunOptions, { values }: Parsed): RunOptions {
  const all: Parsed = {
    switches: new Map([['rm', options.rm]]),
    values: givenAnew(options, values),
    lists: new Map(),
    operands: [options.image],
  };
  return runOptions(all, caller);
}

const caller: Caller = {
  cwd: '/',
  env: {},
  cpus: availableParallelism(),
  memory: totalmem(),
  readFile() {
    throw new TsdockerError('internal', 'update reads no files');
  },
};
