// A network namespace for each test file: its bridges, rules and ports are nobody else's, and go with it. The rest of the
// process's threads, which make no sockets, stay where they were (network_namespaces(7)).

import * as k from '../../src/kernel/constants.ts';
import { kernel } from '../../src/kernel/index.ts';
import { raiseLoopback } from '../../src/network/links/veth.ts';

kernel.unshare(k.CLONE_NEWNET);
const own = kernel.openat(k.AT_FDCWD, '/proc/thread-self/ns/net', k.O_RDONLY);
try {
  raiseLoopback(own);
} finally {
  kernel.close(own);
}
