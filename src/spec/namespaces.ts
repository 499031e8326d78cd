// Which namespaces a container gets for itself (config-linux.md, "Namespaces").
import type { RunOptions } from './run-options.ts';
import type { Namespace, NamespaceType } from './types.ts';

export function namespacesOf(options: RunOptions): Namespace[] {
  const own: Readonly<Record<Exclude<NamespaceType, 'time'>, boolean>> = {
    mount: true,
    pid: options.pid !== 'host',
    network: options.network !== 'host',
    ipc: options.ipc !== 'host',
    uts: options.uts !== 'host',
    cgroup: options.cgroupns !== 'host',
    user: options.uidMap.length > 0,
  };
  return (Object.keys(own) as (keyof typeof own)[]).filter((type) => own[type]).map((type) => ({ type }));
}
