// What the results of the machine amount to: pure, so that the rules can be read in one place. Stricter than on the host:
// a skip is a failure, and so is a test that the committed list does not name or that did not run.

export interface Result {
  /** File, suites and test, joined by ' > '. */
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'todo';
  readonly milliseconds: number;
}

export interface Verdict {
  readonly passed: number;
  /** One line for each failure. */
  readonly failures: readonly string[];
}

export function judge(results: readonly Result[], expected: readonly string[]): Verdict {
  const failures = results.filter((r) => r.outcome !== 'passed').map((r) => `${r.outcome}: ${r.name}`);
  const ran = results.map((r) => r.name);
  for (const name of expected) if (!ran.includes(name)) failures.push(`did not run: ${name}`);
  const passed = results.filter((r) => r.outcome === 'passed');
  for (const { name } of passed) if (!expected.includes(name)) failures.push(`not in expected-tests.txt: ${name}`);
  for (const [i, name] of ran.entries()) if (ran.indexOf(name) !== i) failures.push(`name used twice: ${name}`);
  return { passed: passed.filter((r) => expected.includes(r.name)).length, failures };
}
