// Options of a container for tests of what is made of them.
import { plainOptions as plain } from '../../src/spec/plain-options.ts';
import type { RunOptions } from '../../src/spec/run-options.ts';

export const plainOptions: RunOptions = { ...plain, image: 'image' };

/** The plain options with some of them changed. */
export const optionsWith = (changes: Partial<RunOptions>): RunOptions => ({ ...plainOptions, ...changes });
