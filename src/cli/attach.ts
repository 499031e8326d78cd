// tsdocker attach: becomes the client of a container that runs.
import { attachContainer } from '../engine/attach.ts';
import { becomeClient } from '../engine/client.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { parseDetachKeys } from './values/detach-keys.ts';

export const command: Command = {
  verb: {
    name: 'attach',
    summary: 'Attach to a container that runs',
    operands: 'CONTAINER',
    least: 1,
    most: 1,
    flags: [
      { name: 'detach-keys', kind: 'value', value: 'keys', summary: 'Keys that leave it (default ctrl-p,ctrl-q)' },
      { name: 'no-stdin', kind: 'switch', summary: 'Do not pass the input on' },
      { name: 'sig-proxy', kind: 'switch', summary: 'Pass signals on to the container (default true)' },
    ],
  },
  async call({ operands, switches, values }, { root }) {
    const detachKeys = parseDetachKeys(values.get('detach-keys') ?? '');
    using store = openStore(root);
    const [name = ''] = operands;
    const takesInput = switches.get('no-stdin') !== true;
    const streams = takesInput ? (['stdin', 'stdout', 'stderr'] as const) : (['stdout', 'stderr'] as const);
    const { record, connection } = attachContainer(store, name, { streams, whole: false });
    const { tty, interactive } = record.settings.options;
    becomeClient(connection, {
      terminal: tty,
      stdin: takesInput && interactive,
      signals: switches.get('sig-proxy') ?? true,
      detachKeys,
    });
  },
};
