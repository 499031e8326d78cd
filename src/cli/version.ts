// tsdocker version: what runs here.
import { release } from 'node:os';
import type { Command } from './flags.ts';

/** The version of package.json, put in by the bundler. */
declare const TSDOCKER_VERSION: string | undefined;

export const command: Command = {
  verb: { name: 'version', summary: 'Print the version', operands: '', least: 0, most: 0, flags: [] },
  async call() {
    const version = typeof TSDOCKER_VERSION === 'string' ? TSDOCKER_VERSION : 'from sources';
    process.stdout.write(
      `tsdocker ${version}\nNode.js ${process.versions.node}, Linux ${release()}, ${process.arch}\n`,
    );
    return 0;
  },
};
