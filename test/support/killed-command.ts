// Runs the command from its sources and kills it at a stage of the test's choice (kill-after.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;

export interface Stages {
  /** Writes, calls of the kernel that change something, and reports: what each did. */
  readonly writes: readonly string[];
  /** Steps of the launch programs. */
  readonly steps: readonly string[];
}

interface Faulted {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

async function run(root: string, words: readonly string[], env: Record<string, string>): Promise<Faulted> {
  const child = spawn(
    process.execPath,
    ['--import', join(here, 'kill-after.ts'), join(here, '../../src/main.ts'), ...words],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        TSDOCKER_ROOT: root,
        NODE_COMPILE_CACHE: join(tmpdir(), 'tsdocker-test-cache'),
        ...env,
      },
    },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // Not `close`: a shim may have what was our stderr for longer.
  const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  child.stderr.destroy();
  return { status, signal, stderr };
}

/** Runs it to its end and lists its stages. Throws where it fails. */
export async function listStages(root: string, ...words: readonly string[]): Promise<Stages> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-stages-'));
  try {
    const path = join(folder, 'list');
    const { status, stderr } = await run(root, words, { KILL_LIST: path });
    if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
    return {
      writes: lines.filter((line) => !line.startsWith('step ')),
      steps: lines.filter((line) => line.startsWith('step ')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Kills it after that write, or that launch step. False where it came to its end before: it took another way than when it was listed. */
export async function killAfter(
  root: string,
  stage: { readonly write: number } | { readonly step: number },
  ...words: readonly string[]
): Promise<boolean> {
  const { signal } = await run(
    root,
    words,
    'write' in stage ? { KILL_STAGE: `${stage.write}` } : { KILL_STEP: `${stage.step}` },
  );
  return signal === 'SIGKILL';
}

/** Kills it so many milliseconds after its start. */
export async function killAt(
  program: string,
  root: string,
  milliseconds: number,
  ...words: readonly string[]
): Promise<void> {
  // By a shell: our own timers are late while another test waits for a command.
  const script = '"$@" & sleep "$AFTER"; kill -9 $! 2>/dev/null; wait';
  const env = { PATH: process.env.PATH, TSDOCKER_ROOT: root, AFTER: `${milliseconds / 1000}` };
  await once(spawn('sh', ['-c', script, 'sh', program, ...words], { stdio: 'ignore', env }), 'exit');
}
