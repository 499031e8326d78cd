// tsdocker start: starts containers that were made before, and with -a becomes the client of one.

import { attachContainer } from '../engine/attach.ts';
import { becomeClient, windowSize } from '../engine/client.ts';
import { startContainer } from '../engine/start.ts';
import { sweepContainers } from '../engine/sweep.ts';
import { TsdockerError } from '../error.ts';
import { findContainer } from '../store/containers.ts';
import { openStore, type Store } from '../store/store.ts';
import { advise } from './advise.ts';
import type { Command } from './flags.ts';
import { needTerminal } from './need-terminal.ts';
import { forEach } from './several.ts';
import { parseDetachKeys } from './values/detach-keys.ts';

export const command: Command = {
  verb: {
    name: 'start',
    summary: 'Start containers',
    operands: 'CONTAINER…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'attach', short: 'a', kind: 'switch', summary: 'Relay its output and our signals' },
      { name: 'interactive', short: 'i', kind: 'switch', summary: 'Relay our input' },
      { name: 'detach-keys', kind: 'value', value: 'keys', summary: 'Keys that leave it (default ctrl-p,ctrl-q)' },
    ],
  },
  async call({ operands, switches, values }, { root }) {
    const detachKeys = parseDetachKeys(values.get('detach-keys') ?? '');
    const stdin = switches.get('interactive') === true;
    using store = openStore(root);
    sweepContainers(store);
    if (!stdin && switches.get('attach') !== true) return await forEach(operands, (name) => startAlone(store, name));
    const [name = '', ...others] = operands;
    if (others.length > 0) throw new TsdockerError('usage', 'only one container can be started and attached to');
    return startAttached(store, name, stdin, detachKeys);
  },
};

function startAlone(store: Store, name: string): void {
  const { record } = findContainer(store, name);
  startContainer(store, record, { client: { streams: [], whole: false }, warn: advise });
}

function startAttached(store: Store, name: string, takesInput: boolean, detachKeys: readonly number[]): never {
  const { record } = findContainer(store, name);
  const { tty, interactive, sigProxy } = record.settings.options;
  const stdin = takesInput && interactive;
  if (stdin) needTerminal({ tty, interactive });
  const client = { streams: [...(stdin ? (['stdin'] as const) : []), 'stdout', 'stderr'] as const, whole: true };
  const size = tty ? windowSize() : undefined;
  const started = startContainer(store, record, {
    client,
    warn: advise,
    ...(size === undefined ? {} : { windowSize: size }),
  });
  const connection = started?.control ?? attachContainer(store, name, client).connection;
  becomeClient(connection, { terminal: tty, stdin, signals: sigProxy, detachKeys });
}
