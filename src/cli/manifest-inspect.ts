// tsdocker manifest inspect: what a registry has under a name (docker manifest inspect).
import { openManifestInspector, type PlatformManifest } from '../engine/inspect-manifest.ts';
import { mediaTypes } from '../image/media-types.ts';
import type { Command } from './flags.ts';
import { indentJson } from './indent-json.ts';
import { printableJson } from './printable.ts';
import { registryOptions } from './registry-flags.ts';

export const command: Command = {
  verb: {
    name: 'manifest inspect',
    summary: 'Show the manifest of an image at its registry',
    operands: 'IMAGE',
    least: 1,
    most: 1,
    flags: [
      { name: 'verbose', short: 'v', kind: 'switch', summary: 'Of every platform, with its config’s platform' },
      { name: 'plain-http', kind: 'list', value: 'host', summary: 'Speak plain http with this registry' },
      { name: 'mirror', kind: 'list', value: 'host=url', summary: 'Try this mirror of a registry first' },
    ],
    examples: ['tsdocker manifest inspect alpine:3.22'],
  },
  async call(parsed) {
    const [name = ''] = parsed.operands;
    const inspector = openManifestInspector(name, registryOptions(parsed));
    const top = await inspector.fetch();
    if (parsed.switches.get('verbose') === true) {
      const platforms = (await inspector.fetchPlatforms(top)).map(describe);
      print(JSON.stringify(top.content.kind === 'manifest' ? platforms[0] : platforms, null, '\t'));
    } else {
      // Docker sets lists in by three spaces, and manifests by tabs.
      print(indentJson(textOf(top.document.bytes), top.content.kind === 'manifest' ? '\t' : '   '));
    }
    return 0;
  },
};

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const print = (json: string): void => void process.stdout.write(`${printableJson(json)}\n`);

/** In the shape that Docker gives it. */
function describe({ reference, document, platform }: PlatformManifest) {
  const { mediaType, digest, size } = document.descriptor;
  const { architecture, os, variant } = platform;
  return {
    Ref: reference,
    Descriptor: {
      mediaType,
      digest,
      size,
      platform: { architecture, os, ...(variant === undefined ? {} : { variant }) },
    },
    Raw: Buffer.from(document.bytes).toString('base64'),
    [mediaType === mediaTypes.dockerManifest ? 'SchemaV2Manifest' : 'OCIManifest']: JSON.parse(textOf(document.bytes)),
  };
}
