// Runs the parts of the suite one after the other, lets each print as it goes, and adds up what they counted. A part that
// ends without a count, or that counts nothing, is a failure.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, '..');
const nothing: Count = { passed: 0, failed: 1, skipped: 0 };

function runVitest(project: string): Count {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-test-'));
  const report = join(folder, 'report.json');
  try {
    spawnSync(
      process.execPath,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, success } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that could not even be loaded has failed without a test of its own.
    const failed = numFailedTests === 0 && !success ? Math.max(1, numFailedTestSuites) : numFailedTests;
    return { passed: numPassedTests, failed, skipped: numPendingTests };
  } catch (error) {
    console.error(`test: the project ${project} gave no report: ${error}`);
    return nothing;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints what the machine's suite prints while it runs; its last line is the count. */
async function runInMachine(): Promise<Count> {
  const suite = spawn(process.execPath, ['test/vm/suite.ts'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let end = '';
  for await (const chunk of suite.stdout.setEncoding('utf8')) {
    process.stdout.write(chunk);
    end = (end + chunk).slice(-200);
  }
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(end) ?? [];
  if (passed === undefined) console.error('test: the virtual machine gave no count');
  return passed === undefined ? nothing : { passed: Number(passed), failed: Number(failed), skipped: 0 };
}

const counts = [runVitest('unit'), runVitest('host'), await runInMachine()];
const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
const empty = counts.filter(({ passed, failed }) => passed + failed === 0).length;
const failed = sum('failed') + empty;
const skipped = sum('skipped');
console.log(`${sum('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
