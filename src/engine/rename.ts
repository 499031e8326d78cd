// Giving a container another name (`docker rename`).

import { TsdockerError } from '../error.ts';
import { hasProcesses } from '../store/bundles.ts';
import { findContainer } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import { renameContainer as takeName } from '../store/rename-container.ts';
import type { Store } from '../store/store.ts';
import { renameRunning } from './network/attach.ts';

/**
 * @param text A name, an id, or the beginning of one. @param wanted With a slash before it or without, as in Docker. Throws `usage`
 * for what is no name and for the one that the container has, `notFound`, and `conflict` where another has it.
 */
export function renameContainer(store: Store, text: string, wanted: string): void {
  const name = wanted.replace(/^\//, '');
  if (name === '') throw new TsdockerError('usage', 'the new name of the container is empty');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new TsdockerError('usage', `${JSON.stringify(name)} is not a container name`, {
      hint: 'names have letters, digits, _ . and -, begin with a letter or a digit, and are at least two long',
    });
  }
  const { record, state } = findContainer(store, text);
  if (record.name === name) throw new TsdockerError('usage', `the container already has the name ${name}`);
  takeName(store, record, name);
  if (hasProcesses(state)) renameRunning(store, { ...record, name });
  containerEvent(store, { ...record, name }, 'rename', { oldName: `/${record.name}` });
}
