// tsdocker save: writes images into an archive that tsdocker, Docker, podman and skopeo load.
import { type ArchiveKind, archiveKinds, saveImages } from '../engine/save.ts';
import { TsdockerError } from '../error.ts';
import { openStore } from '../store/store.ts';
import type { Command } from './flags.ts';
import { untilInterrupted } from './interruption.ts';
import { writeOutput } from './write-output.ts';

export const command: Command = {
  verb: {
    name: 'save',
    summary: 'Save images to a tar archive',
    operands: 'IMAGE…',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'output', short: 'o', kind: 'value', value: 'file', summary: 'Write to a file instead of stdout' },
      {
        name: 'format',
        kind: 'value',
        value: 'kind',
        summary: 'oci-archive, or docker-archive with unpacked layers (default: one that is both)',
      },
    ],
    examples: ['tsdocker save -o images.tar alpine busybox', 'tsdocker save alpine | ssh host docker load'],
  },
  async call({ operands, values }, { root }) {
    const kind = kindOf(values.get('format'));
    const path = values.get('output');
    if (path === undefined && process.stdout.isTTY) {
      throw new TsdockerError('usage', 'an archive is not for a terminal', {
        hint: 'save -o FILE, or redirect stdout',
      });
    }
    using store = openStore(root);
    await untilInterrupted((signal) => writeOutput(path, saveImages(store, operands, { kind }), signal));
    return 0;
  },
};

function kindOf(format: string | undefined): ArchiveKind | undefined {
  const kind = archiveKinds.find((each) => each === format);
  if (kind !== undefined || format === undefined) return kind;
  throw new TsdockerError('usage', `--format: ${JSON.stringify(format)} is not a kind of archive`, {
    hint: `there are ${archiveKinds.join(' and ')}`,
  });
}
