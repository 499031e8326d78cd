// A reporter for `node --test` inside the machine: one line a test for the reader, and one JSON line a test for suite.ts,
// appended at once to the share, so that what was known survives a crash of the machine.
// Events: https://nodejs.org/api/test.html#class-testsstream
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import type { Result } from './verdict.ts';

const results = `${process.env.TSDOCKER_VM_RESULTS}/tests.jsonl`;

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = []; // the names from the file down to the test that runs
  for await (const event of events) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    if (event.type === 'test:start') path.splice(event.data.nesting, Number.POSITIVE_INFINITY, event.data.name);
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { data } = event;
    if (data.details.type === 'suite' && !failedByItself(event)) continue; // its tests speak for it
    const outcome = event.type === 'test:fail' ? 'failed' : data.skip ? 'skipped' : data.todo ? 'todo' : 'passed';
    const name = [basename(data.file ?? ''), ...path.slice(0, data.nesting), data.name].join(' > ');
    const result: Result = { name, outcome, milliseconds: Math.round(data.details.duration_ms) };
    appendFileSync(results, `${JSON.stringify(result)}\n`);
    yield `${outcome} ${name} (${result.milliseconds} ms)\n`;
    if (event.type === 'test:fail') yield `${inspect(event.data.details.error.cause ?? event.data.details.error)}\n`;
  }
}

/** A hook or the suite's own code threw: what a failed test inside leads to is not counted once more. */
function failedByItself(event: TestEvent): boolean {
  if (event.type !== 'test:fail') return false;
  const error = event.data.details.error as Error & { failureType?: string };
  return error.failureType !== 'subtestsFailed';
}
