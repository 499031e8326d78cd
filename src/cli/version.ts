// tsdocker version: what runs here.
import { platform, release } from 'node:os';
import type { Command } from './flags.ts';

/** The version of package.json, put in by the bundler. */
declare const TSDOCKER_VERSION: string | undefined;

export const command: Command = {
  verb: {
    name: 'version',
    summary: 'Print the version',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      {
        name: 'format',
        short: 'f',
        kind: 'value',
        value: 'template',
        summary: 'json, or a Go template of the versions',
      },
    ],
  },
  async call({ values }) {
    const version = typeof TSDOCKER_VERSION === 'string' ? TSDOCKER_VERSION : 'from sources';
    const format = values.get('format');
    process.stdout.write(
      format === undefined
        ? `tsdocker ${version}\nNode.js ${process.versions.node}, Linux ${release()}, ${process.arch}\n`
        : (await import('./format/format.ts')).renderValues([versions(version)], format),
    );
    return 0;
  },
};

/** Docker's fields; client and server are one program here. */
function versions(Version: string) {
  const Client = { Version, Os: platform(), Arch: process.arch === 'x64' ? 'amd64' : process.arch };
  return { Client, Server: { ...Client, KernelVersion: release(), NodeVersion: process.versions.node } };
}
