// What the flags of `run` mean depends on who calls.
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Caller } from './run-options.ts';

export const caller = (): Caller => ({
  cwd: process.cwd(),
  env: process.env,
  cpus: availableParallelism(),
  memory: totalmem(),
  readFile: (path) => readFileSync(path, 'utf8'),
});
