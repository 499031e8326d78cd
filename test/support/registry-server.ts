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

/** Paths of PEM files. */
export interface RegistryTls {
  readonly certificate: string;
  readonly key: string;
  /** Who signs the certificates of those who may talk to it; nobody needs one unless told. */
  readonly clients?: string;
}

const program = '/usr/bin/docker-registry';

/** The kernel picks the port, and the registry's log names it: no two tests can want the same one. */
const configuration = (data: string, htpasswd: string | undefined, tls: RegistryTls | undefined) => ({
  version: '0.1',
  log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
  http: {
    addr: '127.0.0.1:0',
    ...(tls && {
      tls: {
        certificate: tls.certificate,
        key: tls.key,
        ...(tls.clients !== undefined && { clientcas: [tls.clients] }),
      },
    }),
  },
  ...(htpasswd !== undefined && { auth: { htpasswd: { realm: 'test registry', path: htpasswd } } }),
});

/**
 * Starts an empty registry that speaks plain http, or TLS where it is given what that needs. The caller stops it.
 * @param users Who may use it, as htpasswd(1) has them: `name:bcrypt hash`; everybody unless told.
 */
export async function startRegistry({
  users,
  tls,
}: {
  users?: string;
  tls?: RegistryTls;
} = {}): Promise<RegistryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-registry-'));
  const file = join(folder, 'config.json');
  const htpasswd = users === undefined ? undefined : join(folder, 'htpasswd');
  if (htpasswd !== undefined) writeFileSync(htpasswd, `${users}\n`);
  writeFileSync(file, JSON.stringify(configuration(join(folder, 'data'), htpasswd, tls)));
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
