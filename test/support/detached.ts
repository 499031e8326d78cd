// Containers that run on their own (`run -d`), and waiting for what they come to without ever counting on a moment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TestStore } from './tsdocker.ts';

/** Starts `run -d --network none FLAGS… localhost/busybox sh -c SCRIPT`, which must succeed; its id. */
export function startDetached(store: TestStore, script: string, ...flags: readonly string[]): string {
  const words = ['run', '-d', '--network', 'none', ...flags, 'localhost/busybox', 'sh', '-c', script];
  const { status, stdout, stderr } = store.tsdocker(...words);
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** Asks again and again until what comes back is neither undefined nor false, and returns it. */
export async function eventually<T>(what: string, ask: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    await setTimeout(50);
  }
  throw new Error(`it never came to this: ${what}`);
}

export interface WrittenState {
  readonly status: string;
  readonly pid?: number;
  readonly restarts: number;
  readonly exitCode?: number;
}

/** What the container's shim has written of it last. */
export const stateOf = (store: TestStore, id: string): WrittenState =>
  JSON.parse(readFileSync(join(store.root, 'container', id, 'state'), 'utf8'));

/** What `logs` says once it says `text`. */
export const logged = (store: TestStore, name: string, text: string): Promise<string> =>
  eventually(`${name} writes ${JSON.stringify(text)}`, () => {
    const { stdout } = store.tsdocker('logs', name);
    return stdout.includes(text) && stdout;
  });

/** A field of `inspect`, as text. */
export const inspected = (store: TestStore, name: string, format: string): string =>
  store.tsdocker('inspect', '-f', format, name).stdout.trim();
