// tsdocker exec: runs another process in a container, and becomes its client.
import { becomeClient, windowSize } from '../engine/client.ts';
import { execInContainer } from '../engine/exec.ts';
import type { Stream } from '../spec/run-options.ts';
import { openStore } from '../store/store.ts';
import { caller } from './caller.ts';
import type { Command } from './flags.ts';
import { needTerminal } from './need-terminal.ts';
import { environmentFlags } from './run-options.ts';
import { parseDetachKeys } from './values/detach-keys.ts';
import { parseWorkdir } from './values/words.ts';

export const command: Command = {
  printsAtOnce: true,
  verb: {
    name: 'exec',
    summary: 'Run another command in a container',
    operands: 'CONTAINER COMMAND [ARGUMENT…]',
    least: 2,
    most: Number.POSITIVE_INFINITY,
    endsAtOperand: true,
    flags: [
      { name: 'detach', short: 'd', kind: 'switch', summary: 'Leave the command on its own' },
      { name: 'detach-keys', kind: 'value', value: 'keys', summary: 'Keys that leave it (default ctrl-p,ctrl-q)' },
      { name: 'env', short: 'e', kind: 'list', value: 'name=value', summary: 'Set an environment variable' },
      { name: 'env-file', kind: 'list', value: 'file', summary: 'Set environment variables from a file' },
      { name: 'interactive', short: 'i', kind: 'switch', summary: 'Pass our input on' },
      { name: 'privileged', kind: 'switch', summary: 'Give the command all that we have' },
      { name: 'tty', short: 't', kind: 'switch', summary: 'Give the command a terminal' },
      { name: 'user', short: 'u', kind: 'value', value: 'user[:group]', summary: 'User, by name or id' },
      { name: 'workdir', short: 'w', kind: 'value', value: 'path', summary: 'Working directory in the container' },
    ],
    examples: ['tsdocker exec -it web sh', 'tsdocker exec -u 1000 -e LANG=C web env'],
  },
  async call(parsed, { root }) {
    const { operands, switches, values } = parsed;
    const on = (name: string): boolean => switches.get(name) === true;
    const detachKeys = parseDetachKeys(values.get('detach-keys') ?? '');
    const detach = on('detach');
    const [name = '', ...command] = operands;
    const user = values.get('user') || undefined;
    const workdir = values.get('workdir') || undefined;
    const options = {
      command,
      env: environmentFlags(parsed, caller()),
      interactive: on('interactive') && !detach,
      tty: on('tty'),
      privileged: on('privileged'),
      ...(user === undefined ? {} : { user }),
      ...(workdir === undefined ? {} : { workdir: parseWorkdir(workdir) }),
    };
    if (!detach) needTerminal(options);
    const stdin: readonly Stream[] = options.interactive ? ['stdin'] : [];
    const streams: readonly Stream[] = detach ? [] : [...stdin, 'stdout', 'stderr'];
    const store = openStore(root); // left open, as in run.ts
    const size = options.tty ? windowSize() : undefined;
    const connection = execInContainer(store, name, options, { client: { streams, whole: true }, windowSize: size });
    if (detach) return 0;
    // As in Docker, signals of the caller are not the command's.
    becomeClient(connection, { terminal: options.tty, stdin: options.interactive, signals: false, detachKeys });
  },
};
