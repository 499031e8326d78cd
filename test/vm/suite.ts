// node test/vm/suite.ts [--update] [FILE...]: the tests of inside/ in one boot of the test machine, all of them or those
// whose file names contain one of FILE. Prints a line a test and at last `N passed, N failed`; exits 1 if any failed.
// --update writes the names of the tests that ran to expected-tests.txt, if they all passed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge, type Result } from './verdict.ts';

const here = import.meta.dirname;
const inside = join(here, 'inside');
const list = join(here, 'expected-tests.txt');
const machineSeconds = 1200;

const { values, positionals } = parseArgs({ options: { update: { type: 'boolean' } }, allowPositionals: true });
const isWanted = (file: string): boolean => positionals.length === 0 || positionals.some((part) => file.includes(part));
const files = readdirSync(inside).filter((name) => name.endsWith('.test.ts') && isWanted(name));
const listed = linesOf(list);
const expected = listed.filter((name) => isWanted(name.split(' > ', 1)[0]!));

const { status, results } = files.length > 0 ? await runInside(files) : { status: 1, results: [] };
const ran = results.map((result) => result.name);
const updates = values.update && status === 0 && judge(results, ran).failures.length === 0;
if (updates) {
  const others = listed.filter((name) => !expected.includes(name));
  writeFileSync(list, `${[...others, ...ran].sort().join('\n')}\n`);
}

const { passed, failures } = judge(results, updates ? ran : expected);
for (const failure of failures) console.log(failure);
if (status !== 0 && failures.length === 0)
  console.log(files.length > 0 ? `exit status ${status}` : 'no such test file');
const failed = status === 0 ? failures.length : Math.max(failures.length, 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Boots the machine, has it run the test files, and takes what the reporter left in the share. */
async function runInside(names: readonly string[]): Promise<{ status: number; results: Result[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-suite-'));
  const command = [join(inside, 'run.sh'), ...names.map((name) => join(inside, name))];
  const options = ['--timeout', String(machineSeconds), '--results', folder];
  const machine = spawn(join(here, 'run.sh'), [...options, ...command], { stdio: ['ignore', 'inherit', 'inherit'] });
  // Stay until run.sh has cleaned up; a Ctrl-C reaches it from the terminal as well, and the second one does no harm.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => machine.kill(signal));
  try {
    const [code] = (await once(machine, 'exit')) as [number | null];
    const results = linesOf(join(folder, 'tests.jsonl')).map((line) => JSON.parse(line) as Result);
    return { status: code ?? 1, results };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** No file counts as no line: a machine that did not come so far ran no test, and the verdict says which. */
function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}
