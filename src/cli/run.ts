// tsdocker run: makes a container, starts it, and becomes its client, or leaves it on its own.
import { becomeClient, windowSize } from '../engine/client.ts';
import { obtainImage } from '../engine/obtain.ts';
import { planContainer } from '../engine/plan.ts';
import { runContainer } from '../engine/start.ts';
import { networkWarnings } from '../spec/network-conflicts.ts';
import type { RunOptions, Stream } from '../spec/run-options.ts';
import { openStore } from '../store/store.ts';
import { advise } from './advise.ts';
import { caller } from './caller.ts';
import type { Command, Parsed } from './flags.ts';
import { needTerminal } from './need-terminal.ts';
import { pullOnStderr } from './pull-on-stderr.ts';
import { runVerb } from './run-flags.ts';
import { runOptions } from './run-options.ts';
import { say } from './say.ts';
import { parseDetachKeys } from './values/detach-keys.ts';
import { oneOf } from './values/words.ts';

export const command: Command = {
  verb: runVerb,
  printsAtOnce: true,
  async call(parsed, { root }) {
    const options = runOptions(parsed, caller());
    const detachKeys = parseDetachKeys(parsed.values.get('detach-keys') ?? '');
    const explain = explainForm(parsed);
    const detach = parsed.switches.get('detach') === true;
    if (explain === undefined && !detach) needTerminal(options);
    // Closing it would tidy up the database's log, which the next command does that has time.
    const store = openStore(root);
    const image = await obtainImage(store, options.image, {
      pull: options.pull,
      registries: options.registries,
      ...(options.platform === undefined ? {} : { platform: options.platform }),
      pullWith: pullOnStderr(options),
    });
    const plan = planContainer(store, image, options);
    const size = options.tty ? windowSize() : undefined;
    if (explain !== undefined) return printProgram(explain, plan, size);
    for (const warning of networkWarnings(options)) advise(warning);
    const streams = detach ? [] : streamsOf(options);
    const { id, control } = runContainer(store, plan, {
      client: { streams, whole: true },
      warn: advise,
      ...(size === undefined ? {} : { windowSize: size }),
    });
    if (detach) {
      say(`${id}\n`);
      return 0;
    }
    becomeClient(control, {
      terminal: options.tty,
      stdin: streams.includes('stdin'),
      signals: options.sigProxy,
      detachKeys,
    });
  },
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
  say(explainPlan(form, ...program));
  return 0;
}

/** Without -a: the outputs, and with -i the input. */
function streamsOf({ attach, interactive }: RunOptions): Stream[] {
  const outputs: readonly Stream[] =
    attach.length === 0 ? ['stdout', 'stderr'] : attach.filter((stream) => stream !== 'stdin');
  return [...(interactive ? (['stdin'] as const) : []), ...outputs];
}
