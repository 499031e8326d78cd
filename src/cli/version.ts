// tsdocker version: what runs here, in Docker's layout. Client and server are one program.
import { platform, release } from 'node:os';
import { ownArchitecture, ownVersion } from '../engine/own-version.ts';
import type { Command } from './flags.ts';

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
    examples: ["tsdocker version --format '{{.Server.Version}}'"],
  },
  async call({ values }) {
    const format = values.get('format');
    process.stdout.write(
      format === undefined || format === ''
        ? versionText()
        : (await import('./format/format.ts')).renderValues([versions()], format),
    );
    return 0;
  },
};

/** Docker's fields, but for those of its programs: an API, Go, a build of each. */
function versions() {
  const facts = { Version: ownVersion, NodeVersion: process.versions.node, Os: platform(), Arch: ownArchitecture };
  const KernelVersion = release();
  const Details = { Arch: facts.Arch, KernelVersion, NodeVersion: facts.NodeVersion, Os: facts.Os };
  return {
    Client: { Platform: { Name: 'tsdocker' }, ...facts, Context: 'default' },
    Server: {
      Platform: { Name: 'tsdocker' },
      Components: [{ Name: 'Engine', Version: ownVersion, Details }],
      ...facts,
      KernelVersion,
    },
  };
}

function versionText(): string {
  const facts = [
    ['Version', ownVersion],
    ['Node.js version', process.versions.node],
    ['OS/Arch', `${platform()}/${ownArchitecture}`],
  ] as const;
  const lines = (indent: string, pairs: readonly (readonly [string, string])[]): string =>
    pairs.map(([name, value]) => `${indent}${`${name}:`.padEnd(20 - indent.length)}${value}\n`).join('');
  const client = lines(' ', [...facts, ['Context', 'default']]);
  return `Client: tsdocker\n${client}\nServer: tsdocker\n Engine:\n${lines('  ', [...facts, ['Kernel version', release()]])}`;
}
