// What is known of a container, in the shape of Docker's API (Engine API 1.41, GET /containers/{id}/json), as far as it is kept.

import type { ListedContainer } from '../store/containers.ts';
import { readImage } from '../store/images.ts';
import type { Store } from '../store/store.ts';

export function inspectContainer(store: Store, { record, state }: ListedContainer): Readonly<Record<string, unknown>> {
  const image = record.imageDigest === '' ? undefined : readImage(store, record.imageDigest);
  const [path = '', ...args] = record.command;
  return {
    Id: record.id,
    Created: new Date(record.createdAt).toISOString(),
    Path: path,
    Args: args,
    State: {
      Status: state.status === 'creating' ? 'created' : state.status,
      Running: state.status === 'running',
      Paused: false,
      Restarting: false,
      OOMKilled: state.status === 'exited' && state.oomKilled,
      Dead: state.status === 'dead',
      Pid: state.status === 'running' ? state.pid : 0,
      ExitCode: state.status === 'exited' ? state.exitCode : 0,
      ...(state.status === 'running' ? { StartedAt: new Date(state.startedAt).toISOString() } : {}),
      ...(state.status === 'exited' ? { FinishedAt: new Date(state.finishedAt).toISOString() } : {}),
    },
    Image: image?.configDigest ?? '',
    Name: `/${record.name}`,
    Config: { Image: record.image, Cmd: record.command },
  };
}
