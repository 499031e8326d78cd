// A real registry for tests: Debian's docker-registry on a free port of the loopback, with a folder of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RegistryServer {
  /** What stands before a repository's name: `127.0.0.1:40123`. */
  readonly host: string;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const program = '/usr/bin/docker-registry';

/** The kernel picks the port, and the registry's log names it: no two tests can want the same one. */
const configuration = (data: string, htpasswd: string | undefined) => ({
  version: '0.1',
  log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
  http: { addr: '127.0.0.1:0' },
  ...(htpasswd !== undefined && { auth: { htpasswd: { realm: 'test registry', path: htpasswd } } }),
});

/**
 * Starts an empty registry that speaks plain http. The caller stops it.
 * @param users Who may use it, as htpasswd(1) has them: `name:bcrypt hash`; everybody unless told.
 */
export async function startRegistry({ users }: { users?: string } = {}): Promise<RegistryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-registry-'));
  const file = join(folder, 'config.json');
  const htpasswd = users === undefined ? undefined : join(folder, 'htpasswd');
  if (htpasswd !== undefined) writeFileSync(htpasswd, `${users}\n`);
  writeFileSync(file, JSON.stringify(configuration(join(folder, 'data'), htpasswd)));
  const server = spawn(program, ['serve', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const stop = async () => {
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const heard: string[] = [];
  const host = await new Promise<string | undefined>((resolve, reject) => {
    server.once('error', reject);
    const lines = createInterface({ input: server.stderr });
    lines.on('line', (line) => {
      heard.push(line);
      const [, address] = /listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
    lines.once('close', () => resolve(undefined));
  });
  if (host === undefined) {
    await stop();
    throw new Error(`${program} ended before it listened: ${heard.join('\n')}`);
  }
  return { host, stop };
}
