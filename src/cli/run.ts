// tsdocker run: makes a container, starts it, and becomes its client.
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { becomeClient, isTerminal, windowSize } from '../engine/client.ts';
import { obtainImage, type pullByName } from '../engine/obtain.ts';
import { planContainer } from '../engine/plan.ts';
import { startContainer } from '../engine/start.ts';
import { TsdockerError } from '../error.ts';
import { familiarName, parseReference } from '../image/reference.ts';
import type { RunOptions, Stream } from '../spec/run-options.ts';
import { openStore } from '../store/store.ts';
import type { Command, Parsed } from './flags.ts';
import { runVerb } from './run-flags.ts';
import { runOptions } from './run-options.ts';
import { oneOf } from './values/words.ts';

const caller = () => ({
  cwd: process.cwd(),
  env: process.env,
  cpus: availableParallelism(),
  memory: totalmem(),
  readFile: (path: string) => readFileSync(path, 'utf8'),
});

export const command: Command = {
  verb: runVerb,
  async call(parsed, { root }) {
    const options = runOptions(parsed, caller());
    const explain = explainForm(parsed);
    if (explain === undefined) checkTerminal(options);
    using store = openStore(root);
    const image = await obtainImage(store, options.image, {
      pull: options.pull,
      registries: options.registries,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      pullWith: pullOnStderr(options),
    });
    const plan = planContainer(store, image, options);
    const size = options.tty ? windowSize() : undefined;
    if (explain !== undefined) return printProgram(explain, plan, size);
    if (options.network === 'default') {
      process.stderr.write(
        'tsdocker: there are no networks yet, so this container has none (--network none says so quietly)\n',
      );
    }
    const { control } = startContainer(store, plan, size);
    store[Symbol.dispose](); // what follows replaces this process
    becomeClient(control, { terminal: options.tty, streams: streamsOf(options), signals: options.sigProxy });
  },
};

/** Docker's words around a pull that a run needs; most runs need none, so what shows it is loaded here. */
const pullOnStderr =
  ({ pull }: RunOptions): typeof pullByName =>
  async (store, name, options) => {
    const { pullShown } = await import('./progress/shown-pull.ts');
    const known = familiarName(parseReference(name));
    if (pull !== 'always') process.stderr.write(`Unable to find image '${known}' locally\n`);
    await pullShown(process.stderr)(store, name, options);
  };

function explainForm({ values }: Parsed): 'text' | 'json' | undefined {
  const form = values.get('explain');
  return form === undefined ? undefined : oneOf('explain', form, ['text', 'json'], 'text');
}

async function printProgram(
  form: 'text' | 'json',
  ...program: Parameters<typeof import('../engine/explain.ts').compilePlan>
): Promise<number> {
  const { explainPlan } = await import('../engine/explain.ts');
  process.stdout.write(explainPlan(form, ...program));
  return 0;
}

/** Docker's rule: keys typed into a pipe would never be seen as keys. */
function checkTerminal({ tty, interactive }: RunOptions): void {
  if (tty && interactive && !isTerminal(0)) {
    throw new TsdockerError('usage', 'the input device is not a terminal', {
      hint: 'leave out -t where the input is a pipe or a file',
    });
  }
}

/** Without -a: the outputs, and with -i the input. */
function streamsOf({ attach, interactive }: RunOptions): Stream[] {
  const outputs: readonly Stream[] =
    attach.length === 0 ? ['stdout', 'stderr'] : attach.filter((stream) => stream !== 'stdin');
  return [...(interactive ? (['stdin'] as const) : []), ...outputs];
}
