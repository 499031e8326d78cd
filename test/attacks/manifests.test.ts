// Manifests and indexes that lie: about what they are, about what they name, and about how much of it there is.
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.ts';
import { type Fault, type Served, unannounced } from '../fakes/registry.ts';
import { expectRefused, imageOf, layerOf, type ManifestFields, pull } from '../support/hostile.ts';
import { hostArchitecture, sha256 } from '../support/image-fixture.ts';
import { rawTar } from '../support/raw-tar.ts';

const layer = layerOf(rawTar({ name: 'a', body: 'x' }));
const lying = (manifest: (fields: ManifestFields) => unknown, sentAs?: string): Served =>
  imageOf([layer], { manifest, ...(sentAs !== undefined && { sentAs }) });
const raw = (text: string | Uint8Array): Served => lying(() => Buffer.from(text as string));

/** The manifest with its layer, or its config, changed. */
const withLayer = (change: Record<string, unknown>) =>
  lying((fields) => ({ ...fields, layers: fields.layers.map((each) => ({ ...each, ...change })) }));
const withConfig = (change: Record<string, unknown>) =>
  lying((fields) => ({ ...fields, config: { ...fields.config, ...change } }));

/** An index of the image below `depth - 1` more of them. */
function nested(served: Served, depth: number, change: Record<string, unknown> = {}): Served {
  const documents = new Map(served.documents);
  let { top } = served;
  for (let level = 0; level < depth; level++) {
    documents.set(sha256(top.bytes), top);
    const below = { mediaType: top.mediaType, digest: sha256(top.bytes), size: top.bytes.byteLength, ...change };
    const manifests = [{ ...below, platform: hostArchitecture }];
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
    top = { bytes, mediaType: mediaTypes.ociIndex };
  }
  return { ...served, top, documents };
}

const deep = `${'['.repeat(2 ** 19)}${']'.repeat(2 ** 19)}`;
const plain = Buffer.from(imageOf([layer]).top.bytes).toString();

describe('pull refuses', () => {
  test.each<[string, Served, RegExp | string]>([
    ['CVE-2021-41190: a manifest that is also an index', lying((f) => ({ ...f, manifests: [] })), 'is ambiguous'],
    [
      'CVE-2021-41190: an index that is also a manifest',
      lying((f) => ({ ...f, mediaType: mediaTypes.ociIndex, manifests: [] }), mediaTypes.ociIndex),
      'is ambiguous',
    ],
    ['a manifest that is also one of schema 1', lying((f) => ({ ...f, fsLayers: [], history: [] })), 'is ambiguous'],
    ['CVE-2021-41190: a manifest sent as an index', lying((f) => f, mediaTypes.ociIndex), /came as \S+ and says it is/],
    [
      'a manifest of OCI sent as one of Docker',
      lying((f) => f, mediaTypes.dockerManifest),
      /came as \S+ and says it is/,
    ],
    [
      'a manifest without a type sent as an index',
      lying(({ mediaType: _, ...f }) => f, mediaTypes.ociIndex),
      'manifests is not a list',
    ],
    [
      'an index that is there as a layer',
      withLayer({ mediaType: mediaTypes.ociIndex }),
      'not the media type of a layer',
    ],
    [
      'a config that is there as a layer',
      withLayer({ mediaType: mediaTypes.ociConfig }),
      'not the media type of a layer',
    ],
    ['a layer of a zip', withLayer({ mediaType: 'application/zip' }), 'not the media type of a layer'],
    [
      'a layer that acts on the terminal',
      withLayer({ mediaType: '\u001b[2J\u001b]0;x\u0007' }),
      'media type of a layer',
    ],
    ['a layer as the config', withConfig({ mediaType: mediaTypes.ociLayer }), 'this is not a container image'],
    [
      'a chart as the config',
      withConfig({ mediaType: 'application/vnd.cncf.helm.config.v1+json' }),
      'not a container image',
    ],
    ['a manifest of a web page', lying(() => Buffer.from('<html>'), 'text/html'), 'is not JSON'],
    ['a manifest of schema 1', lying((f) => ({ ...f, schemaVersion: 1 })), 'the schema version 1, not 2'],
    ['a manifest of schema "2"', lying((f) => ({ ...f, schemaVersion: '2' })), 'the schema version "2", not 2'],
    ['a manifest that is a list', raw('[]'), 'is not an object'],
    ['a manifest that is null', raw('null'), 'is not an object'],
    ['an empty manifest', raw(''), 'is not JSON'],
    ['a manifest in Latin-1', raw(Buffer.from('{"mediaType":"\u00e9"}', 'latin1')), 'is not JSON'],
    ['a manifest of lists in lists', raw('['.repeat(2 ** 21)), /is not JSON/],
    ['a manifest of objects in objects', raw(`${'{"a":'.repeat(2 ** 19)}1${'}'.repeat(2 ** 19)}`), /manifest/],
    ['a media type of 1 MiB', withLayer({ mediaType: 'x'.repeat(2 ** 20) }), 'not the media type of a layer'],
    ['a version of lists in lists', raw(`{"schemaVersion":${deep}}`), 'the schema version a list, not 2'],
    ['a digest of lists in lists', raw(plain.replace(/"sha256:\w+"/, deep)), 'a list is not a digest'],
    ['layers that are no list', lying((f) => ({ ...f, layers: { length: 1 } })), 'layers is not a list'],
    ['layers that are null', lying((f) => ({ ...f, layers: [null] })), 'layer 1 is not an object'],
    ['no config', lying(({ config: _, ...f }) => f), 'the config is not an object'],
    ['a prototype', raw('{"schemaVersion":2,"__proto__":{"layers":[],"config":{}}}'), 'the config is not an object'],
    ['501 layers', lying((f) => ({ ...f, layers: new Array(501).fill(f.layers[0]) })), '501 layers, more than 500'],
    ['a digest of md5', withLayer({ digest: `md5:${'0'.repeat(32)}` }), 'of the unknown algorithm md5'],
    ['a digest of sha1', withConfig({ digest: `sha1:${'0'.repeat(40)}` }), 'of the unknown algorithm sha1'],
    ['a digest of a prototype', withLayer({ digest: `constructor:${'0'.repeat(32)}` }), 'the unknown algorithm'],
    ['a short digest', withLayer({ digest: 'sha256:00' }), 'does not have 64 hexadecimal digits'],
    ['a digest in capitals', withLayer({ digest: `sha256:${'A'.repeat(64)}` }), 'does not have 64 hexadecimal digits'],
    ['a digest that is a path', withLayer({ digest: `sha256:../../../${'a'.repeat(55)}` }), 'is not a digest'],
    [
      'a digest that is another address',
      withLayer({ digest: `sha256:${'0'.repeat(64)}?x=http://` }),
      'is not a digest',
    ],
    ['a digest with a line feed', withLayer({ digest: `sha256:${'0'.repeat(64)}\n` }), 'is not a digest'],
    ['a digest that is a number', withLayer({ digest: 7 }), '7 is not a digest'],
    ['a digest of sha512 that is another', withLayer({ digest: `sha512:${'0'.repeat(128)}` }), /sha512:0{128}/],
    ['a negative size', withLayer({ size: -1 }), 'is not a size'],
    ['half a size', withLayer({ size: 0.5 }), 'is not a size'],
    ['a size that is no exact number', withLayer({ size: 2 ** 53 }), 'is not a size'],
    ['an infinite size', raw('{"schemaVersion":2,"config":{"mediaType":"","size":1e999}}'), /is not a (size|digest)/],
    ['a size in words', withLayer({ size: '7' }), 'is not a size'],
    ['a layer of eight exbibytes', withLayer({ size: 2 ** 53 - 1 }), /has 2048 bytes, not 9007199254740991/],
    ['a layer larger than it says', withLayer({ size: 2047 }), /has 2048 bytes, not 2047/],
    ['a layer smaller than it says', withLayer({ size: 2049 }), /has 2048 bytes, not 2049/],
    ['a layer that is said to be empty', withLayer({ size: 0 }), /has 2048 bytes, not 0|has the wrong digest/],
    ['a config larger than it says', withConfig({ size: 2 }), /has \d+ bytes, not 2/],
    ['a config smaller than it says', withConfig({ size: 4096 }), /has \d+ bytes, not 4096/],
    ['a config of 5 MiB', withConfig({ size: 5 * 2 ** 20 }), 'the config of'],
    ['an index of nothing', nested(imageOf([layer]), 1, { mediaType: 'text/plain' }), 'is not there for linux/'],
    ['an index whose manifest is larger than it says', nested(imageOf([layer]), 1, { size: 2 }), /bytes, not 2/],
    [
      'an index whose manifest is smaller than it says',
      nested(imageOf([layer]), 1, { size: 2 ** 20 }),
      /bytes, not 1048576/,
    ],
    [
      'an index whose manifest says to be an index',
      nested(imageOf([layer]), 1, { mediaType: mediaTypes.ociIndex }),
      'says that sha256:',
    ],
    ['an index of 10 levels', nested(imageOf([layer]), 10), 'is nested more than 3 deep'],
    [
      'an index of 100,000 manifests',
      lying(
        () => ({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: new Array(100_000).fill(0) }),
        mediaTypes.ociIndex,
      ),
      '100000 manifests, more than 10000',
    ],
  ])('%s', async (_name, served, why) => {
    await expectRefused(served, why);
  });

  test('a manifest of more than 4 MiB, whether its length is said or not', async () => {
    const served = lying((fields) => ({ ...fields, annotations: { a: 'x'.repeat(4 * 2 ** 20) } }));
    await expectRefused(served, 'has more than the 4194304 bytes that are allowed');
    const faults = { manifests: unannounced((usual) => usual) };
    await expectRefused(served, 'has more than the 4194304 bytes that are allowed', { faults });
  });

  test.each<[string, string]>([
    ['another', `sha256:${'0'.repeat(64)}`],
    ['of md5', `md5:${'0'.repeat(32)}`],
    ['nonsense', 'nonsense'],
  ])('a manifest whose digest in the header is %s', async (_name, digest) => {
    const manifests: Fault = (usual) => ({
      ...usual,
      headers: { ...usual.headers, 'docker-content-digest': digest },
    });
    await expectRefused(imageOf([layer]), /digest/, { faults: { manifests } });
  });

  test('a manifest of the same length with other bytes than those of its digest', async () => {
    const served = nested(imageOf([layer]), 1);
    const [[digest, document] = [] as never] = [...served.documents!];
    const other = Buffer.from(document.bytes);
    other[other.length - 2] = 0x20;
    await expectRefused({ ...served, documents: new Map([[digest, { ...document, bytes: other }]]) }, /digest/);
  });
});

test('a blob with a digest of sha512 is checked by it, and taken', async () => {
  const { createHash } = await import('node:crypto');
  const sha512 = `sha512:${createHash('sha512').update(layer.blob).digest('hex')}`;
  const served = withLayer({ digest: sha512 });
  await pull({ ...served, blobs: new Map([...served.blobs, [sha512, layer.blob]]) }, {}, ({ status, stderr }) =>
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' }),
  );
  const damaged = Buffer.from(layer.blob);
  damaged[0]! ^= 1;
  await expectRefused({ ...served, blobs: new Map([...served.blobs, [sha512, damaged]]) }, 'wrong digest sha512:');
});
