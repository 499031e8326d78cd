// A registry that is not on the loopback, and a proxy before it that is: run in a network namespace of its own, as
// `unshare --net node proxied.ts NO_PROXY`. Prints how the question for a manifest ended, and what the proxy heard of it, as JSON.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startProxy } from '../fakes/proxy.ts';
import { startFakeRegistry } from '../fakes/registry.ts';

/** TEST-NET-1 (RFC 5737): nobody's address. The caller gives it to this namespace. */
const registry = await startFakeRegistry({ address: '192.0.2.1' });
const proxy = await startProxy(registry.host);
const child = spawn(
  join(import.meta.dirname, '../../bin/tsdocker'),
  ['manifest', 'inspect', '--plain-http', registry.host, `${registry.name}:latest`],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 30_000,
    env: { ...process.env, HTTP_PROXY: proxy.address, NO_PROXY: process.argv[2] },
  },
);
const status = await new Promise((resolve) => child.once('close', resolve));
const heard = proxy.asked.map(({ target }) => new URL(target).hostname);
process.stdout.write(JSON.stringify({ status, heard: [...new Set(heard)], asked: registry.requests.length > 0 }), () =>
  process.exit(0),
);
