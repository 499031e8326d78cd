// A network namespace of a test's own, where it does as it likes: nothing of it is ever the host's, and nothing stays.
import { execFileSync } from 'node:child_process';
import { kernel } from '../../src/kernel/index.ts';
import { createNetworkNamespace, inNetworkNamespace } from '../../src/network/links/namespace.ts';

export class NetworkNamespace implements Disposable {
  readonly descriptor: number = createNetworkNamespace();

  /** What `action` does must be synchronous; processes that it starts stay in there. */
  in<T>(action: () => T): T {
    return inNetworkNamespace(this.descriptor, action);
  }

  /** What a shell's command prints in there. */
  run(command: string): string {
    return this.in(() => execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** What `ip` of iproute2 tells about `what`. */
  ip(what: string): Record<string, unknown>[] {
    return JSON.parse(this.run(`ip -j -d ${what}`) || '[]');
  }

  [Symbol.dispose](): void {
    kernel.close(this.descriptor);
  }
}
