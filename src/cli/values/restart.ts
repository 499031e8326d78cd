// --restart, of `run`, `create` and `update` (docker run --help, "--restart").
import type { RestartPolicy } from '../../spec/run-options.ts';
import { refuseValue } from './refuse.ts';

const names = ['no', 'on-failure', 'always', 'unless-stopped'] as const;

/** `no`, `on-failure[:times]`, `always` or `unless-stopped`. */
export function parseRestart(text: string): RestartPolicy {
  const [, word = '', times] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const name = names.find((each) => each === word);
  if (name === undefined) refuseValue('restart', text, `is not one of ${names.join(', ')}`);
  if (times === undefined) return { name, maximum: 0 };
  if (name !== 'on-failure') refuseValue('restart', text, 'has a number of times', 'only on-failure takes one');
  if (!/^[0-9]{1,9}$/.test(times)) refuseValue('restart', text, 'has no number of times', 'write it as on-failure:3');
  return { name, maximum: Number(times) };
}
