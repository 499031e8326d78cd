// node test/vm/suite.ts [--update] [FILE...]: the tests that need the test machine, all of them or those whose file names
// contain one of FILE, in one boot for each kind of machine. Prints a line a test and at last `N passed, N failed`; exits 1
// if any failed. --update writes the names of the tests that ran to expected-tests.txt, if they all passed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge, type Result } from './verdict.ts';

const here = import.meta.dirname;
const list = join(here, 'expected-tests.txt');
const machineSeconds = 1200;

/** A machine: how it is booted, the folder of its tests, and of those that it runs after a reboot. */
const machines = [
  { options: [], folders: ['inside'] },
  { options: ['--systemd'], folders: ['inside-systemd', 'inside-systemd/rebooted'] },
] as const;

const { values, positionals } = parseArgs({ options: { update: { type: 'boolean' } }, allowPositionals: true });
const isWanted = (file: string): boolean => positionals.length === 0 || positionals.some((part) => file.includes(part));
const listed = linesOf(list);
const expected = listed.filter((name) => isWanted(name.split(' > ', 1)[0]!));

const results: Result[] = [];
let status = 0;
let hasFiles = false;
for (const { options, folders } of machines) {
  const files = folders.map(filesIn);
  if (files.every((names) => names.length === 0)) continue;
  hasFiles = true;
  const ended = await runInside(options, files);
  results.push(...ended.results);
  status ||= ended.status;
}

const ran = results.map((result) => result.name);
const updates = values.update && hasFiles && status === 0 && judge(results, ran).failures.length === 0;
if (updates) {
  const others = listed.filter((name) => !expected.includes(name));
  writeFileSync(list, `${[...others, ...ran].sort().join('\n')}\n`);
}

const { passed, failures } = judge(results, updates ? ran : expected);
for (const failure of failures) console.log(failure);
if (!hasFiles) console.log('no such test file');
else if (status !== 0 && failures.length === 0) console.log(`exit status ${status}`);
const failed = hasFiles && status === 0 ? failures.length : Math.max(failures.length, 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** The test files in a folder beside this file that were asked for. */
function filesIn(folder: string): string[] {
  const names = readdirSync(join(here, folder)).filter((name) => name.endsWith('.test.ts') && isWanted(name));
  return names.map((name) => join(here, folder, name));
}

/**
 * Boots the machine, has it run the test files, and takes what the reporter left in the share.
 * @param files Those of each boot; the machine is rebooted in between.
 */
async function runInside(
  options: readonly string[],
  files: readonly (readonly string[])[],
): Promise<{ status: number; results: Result[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-suite-'));
  const command = [join(here, 'inside/run.sh'), ...files.flatMap((names, i) => (i === 0 ? names : ['--', ...names]))];
  const words = [...options, '--timeout', String(machineSeconds), '--results', folder, ...command];
  const machine = spawn(join(here, 'run.sh'), words, { stdio: ['ignore', 'inherit', 'inherit'] });
  // Stay until run.sh has cleaned up; a Ctrl-C reaches it from the terminal as well, and the second one does no harm.
  const pass = (signal: NodeJS.Signals) => machine.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
  try {
    const [code] = (await once(machine, 'exit')) as [number | null];
    const results = linesOf(join(folder, 'tests.jsonl')).map((line) => JSON.parse(line) as Result);
    return { status: code ?? 1, results };
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, pass);
    rmSync(folder, { recursive: true });
  }
}

/** No file counts as no line: a machine that did not come so far ran no test, and the verdict says which. */
function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}
