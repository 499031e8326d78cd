// Network namespaces, from the host side: made, and entered for the length of one synchronous action (network_namespaces(7)).
// Only the calling thread changes over; as JavaScript of this thread waits meanwhile, nothing else ever runs in there.
import { AT_FDCWD, CLONE_NEWNET, O_RDONLY } from '../../kernel/constants.ts';
import { kernel } from '../../kernel/index.ts';

const openOwn = (): number => kernel.openat(AT_FDCWD, '/proc/thread-self/ns/net', O_RDONLY);

/**
 * Makes a network namespace that lives as long as its descriptor, which is the caller's, or a process in it. It holds a loopback
 * interface that is down, and nothing else. Throws KernelError: EPERM without CAP_SYS_ADMIN, ENOSPC past the limit of namespaces(7).
 */
export function createNetworkNamespace(): number {
  return comingBack(() => {
    kernel.unshare(CLONE_NEWNET);
    return openOwn();
  });
}

/**
 * Does `action` in the network namespace of `descriptor` and comes back, however it ends. It must be synchronous: what it makes
 * (sockets) or opens (/proc/sys/net) belongs to that namespace, and what it starts later does not.
 */
export function inNetworkNamespace<T>(descriptor: number, action: () => T): T {
  return comingBack(() => {
    kernel.setns(descriptor, CLONE_NEWNET);
    return action();
  });
}

function comingBack<T>(action: () => T): T {
  const own = openOwn();
  try {
    try {
      return action();
    } finally {
      kernel.setns(own, CLONE_NEWNET);
    }
  } finally {
    kernel.close(own);
  }
}
