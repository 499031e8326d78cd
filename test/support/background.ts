// A container that goes on running while a test looks at it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './tsdocker.ts';

export interface Background {
  readonly client: ChildProcess;
  /** Its first process, as the host numbers it. */
  readonly pid: number;
  /** The process that keeps it. */
  readonly shim: number;
  readonly id: string;
  /** Lets it end by the end of its input; its exit status. */
  end(): Promise<number | null>;
}

/**
 * Starts `run -i --network none FLAGS… IMAGE sh -c SCRIPT; echo ready; cat` and waits for the word `ready`.
 * @param flags Before the image.
 */
export async function startBackground(
  root: string,
  image: string,
  script = ':',
  ...flags: readonly string[]
): Promise<Background> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-cid-'));
  const cidfile = join(folder, 'id');
  const words = [
    'run',
    '-i',
    ...(flags.includes('--net') ? [] : ['--network', 'none']),
    '--cidfile',
    cidfile,
    ...flags,
    image,
    'sh',
    '-c',
    `${script}; echo ready; cat >/dev/null`,
  ];
  const client = spawn(program, words, { env: { PATH: process.env.PATH, TSDOCKER_ROOT: root } });
  const closed = once(client, 'close') as Promise<[number | null]>;
  let complaint = '';
  client.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  await new Promise<void>((resolve, reject) => {
    closed.then(([status]) => reject(new Error(`ended with ${status}: ${complaint}`)), reject);
    let output = '';
    client.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('ready')) resolve();
    });
  });
  const id = readFileSync(cidfile, 'utf8');
  rmSync(folder, { recursive: true });
  const { pid } = JSON.parse(readFileSync(join(root, 'container', id, 'state'), 'utf8')) as { pid: number };
  return {
    client,
    id,
    pid,
    shim: Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]),
    async end() {
      client.stdin.end();
      const [status] = await closed;
      return status;
    },
  };
}
