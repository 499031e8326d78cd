// The promise of the launch program: whichever step fails, the error names that very step, and nothing is left behind.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LaunchError } from '../../src/launch/launcher.ts';
import type { Phase } from '../../src/launch/program.ts';
import { makeSmallContainer, type SmallContainer } from '../support/small-container.ts';

let container: SmallContainer;
beforeAll(() => {
  container = makeSmallContainer();
});
afterAll(() => container[Symbol.dispose]());

/** The phases with one step replaced by a call that always fails with EBADF. */
function sabotage(phases: readonly [Phase, Phase], number: number): [Phase, Phase] {
  return phases.map(({ steps }) => ({
    steps: steps.map((step) =>
      step.number === number
        ? { ...step, call: 'fsync', args: [-1], accepted: [], branch: false, store: undefined }
        : step,
    ),
  })) as unknown as [Phase, Phase];
}

test('an unharmed program runs its command and leaves nothing behind', async () => {
  container.run();
  expect(await container.leftovers()).toEqual([]);
});

test('every step that fails names itself and leaves nothing behind', async () => {
  const steps = container.phases.flatMap((phase) => phase.steps).filter(({ call }) => call !== 'wait');
  expect(steps.length).toBeGreaterThan(80);
  for (const step of steps) {
    let error: unknown;
    try {
      container.run(sabotage(container.phases, step.number));
    } catch (caught) {
      error = caught;
    }
    expect(error, `step ${step.number}, ${step.why}`).toBeInstanceOf(LaunchError);
    expect((error as LaunchError).message).toBe(`${step.why} failed: EBADF (bad file descriptor)`);
    expect((error as LaunchError).step.number).toBe(step.number);
    expect(await container.leftovers(), step.why).toEqual([]);
  }
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('tsdocker-small');
});
