// A registry that is not on the loopback, which redirects to what is: run in a network namespace of its own, as
// `unshare --net node elsewhere.ts TARGET WHAT`, where we have credentials for it. Prints what the pull said, and how many connections the loopback saw, as JSON.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeOptions, redirectTo, startFakeRegistry } from '../fakes/registry.ts';

const [, , target = '', what = ''] = process.argv;
/** TEST-NET-1 (RFC 5737): nobody's address. The caller gives it to this namespace. */
const address = '192.0.2.1';

let heard = 0;
const service = createServer((_, response) => {
  heard++;
  response.end('{}');
});
await new Promise<void>((resolve) => service.listen(0, '::', resolve));
const location = target.replace('PORT', String((service.address() as AddressInfo).port));
const options: FakeOptions =
  what === 'realm' ? { tokens: { realm: location } } : { faults: { [what]: redirectTo(location) } };
const registry = await startFakeRegistry({ ...options, address });
const folder = mkdtempSync(join(tmpdir(), 'tsdocker-elsewhere-'));
const auth = Buffer.from('someone:secret').toString('base64');
writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
const child = spawn(
  join(import.meta.dirname, '../../bin/tsdocker'),
  ['pull', '-q', '--plain-http', registry.host, registry.name],
  {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 30_000,
    env: { ...process.env, DOCKER_CONFIG: folder },
  },
);
let stderr = '';
child.stderr.on('data', (piece: Buffer) => {
  stderr += piece.toString();
});
const status = await new Promise((resolve) => child.once('close', resolve));
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify({ status, stderr, heard }), () => process.exit(0));
