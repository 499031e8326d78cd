// Archives made to do harm, loaded by the command: each ends with one clear line, and the store is as it was.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.ts';
import { makeTarget, type Target } from '../support/hostile.ts';
import { hostArchitecture, type LayerEntry, makeTar, sha256 } from '../support/image-fixture.ts';
import { addImage } from '../support/local-images.ts';
import { base256, paxEntry, type RawEntry, rawEntry, rawTar, tarEnd } from '../support/raw-tar.ts';

let folder: string;
let target: Target;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-archive-'));
  target = makeTarget();
  await addImage(target.root, 'localhost/there:1');
});
afterEach(() => {
  target[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

type Members = Record<string, string | Uint8Array>;
type Fields = Record<string, unknown>;
const json = (value: unknown): string => JSON.stringify(value);
const entriesOf = (members: Members): LayerEntry[] => Object.entries(members).map(([name, body]) => ({ name, body }));
const archiveOf = (members: Members): Promise<Uint8Array> => makeTar(entriesOf(members));

const layer = await makeTar([{ name: 'file', body: 'content' }]);
const configOf = (...layers: Uint8Array[]): string =>
  json({ ...hostArchitecture, config: {}, rootfs: { type: 'layers', diff_ids: layers.map(sha256) } });
const blobName = (bytes: string | Uint8Array): string => `blobs/sha256/${sha256(Buffer.from(bytes)).slice(7)}`;
const described = (bytes: string | Uint8Array, mediaType: string): Fields => ({
  mediaType,
  digest: sha256(Buffer.from(bytes)),
  size: Buffer.from(bytes).byteLength,
});

/** A docker archive of one image, true but for what is put over it. */
const docker = (over: Members = {}, entry: Fields = {}): Members => ({
  'config.json': configOf(layer),
  'layer.tar': layer,
  'manifest.json': json([{ Config: 'config.json', RepoTags: ['victim:1'], Layers: ['layer.tar'], ...entry }]),
  ...over,
});

interface OciLies {
  readonly config?: string;
  readonly manifest?: (fields: Fields) => Fields;
  readonly index?: (fields: Fields) => Fields;
  readonly annotations?: Record<string, string>;
}

/** An OCI image layout of one image, true but for the lies. */
function oci(lies: OciLies = {}): Members {
  const { config = configOf(layer), annotations = { 'io.containerd.image.name': 'docker.io/library/victim:1' } } = lies;
  const same = (fields: Fields): Fields => fields;
  const manifest = json(
    (lies.manifest ?? same)({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: described(config, mediaTypes.ociConfig),
      layers: [described(layer, mediaTypes.ociLayer)],
    }),
  );
  const entry = { ...described(manifest, mediaTypes.ociManifest), annotations };
  return {
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': json((lies.index ?? same)({ schemaVersion: 2, manifests: [entry] })),
    [blobName(manifest)]: manifest,
    [blobName(config)]: config,
    [blobName(layer)]: layer,
  };
}

const without = (members: Members, name: string): Members =>
  Object.fromEntries(Object.entries(members).filter(([each]) => each !== name));

/** All that lies in the store; of the database, which images there are and what they are called. */
function snapshot(): unknown {
  using database = new DatabaseSync(join(target.root, 'tsdocker.db'), { readOnly: true });
  const rows = ['images', 'names'].map((table) => database.prepare(`SELECT * FROM ${table}`).all());
  const files = readdirSync(target.root, { recursive: true, withFileTypes: true })
    .filter(({ name }) => !name.startsWith('tsdocker.db'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${entry.isFile() ? sha256(readFileSync(path)) : ''}`;
    });
  return { rows, files: files.sort() };
}

function load(archive: Uint8Array) {
  const path = join(folder, 'archive');
  writeFileSync(path, archive);
  return target.tsdocker('load', '-i', path);
}

/** MiB that no archive makes the command use. */
const mostMemory = 400;

async function expectRefused(archive: Uint8Array, line: string | RegExp): Promise<void> {
  const before = snapshot();
  const { status, stdout, stderr, peak } = await load(archive);
  expect(stderr).toMatch(/^tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/);
  expect(stderr).not.toMatch(/defect|\p{Cc}(?<!\n)/u);
  expect(stderr.split('\n')[0]).toMatch(line);
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
  expect(peak).toBeLessThan(mostMemory);
  expect(snapshot()).toEqual(before);
}

test.each([
  ['docker', docker],
  ['oci', oci],
])('the %s archive of these tests is loaded where nobody lies', async (_kind, members) => {
  expect(await load(await archiveOf(members()))).toMatchObject({ status: 0, stdout: 'Loaded image: victim:1\n' });
});

describe('a tar that is none, or two', () => {
  const raw = async (...before: RawEntry[]) =>
    Buffer.concat([...before.map(rawEntry), Buffer.from(await archiveOf(docker()))]);

  test.each<[what: string, archive: () => Promise<Uint8Array>, line: string]>([
    ['that is empty', async () => Buffer.alloc(0), 'the archive has no image'],
    ['of zeros', async () => Buffer.alloc(10_240), 'the archive has no image'],
    ['of other bytes', async () => Buffer.alloc(10_240, 'abc'), 'the archive is not a whole tar'],
    ['that is cut', async () => (await archiveOf(docker())).subarray(0, 2000), 'the archive is not a whole tar'],
    [
      'that is cut, of gzip',
      async () => gzipSync(await archiveOf(docker())).subarray(0, 300),
      'the archive cannot be decompressed',
    ],
    ['that is cut, of zstd', async () => zstdCompressSync(await archiveOf(docker())).subarray(0, 300), 'the archive'],
    ['of xz', async () => Buffer.from('\xfd7zXZ\0 and so on', 'latin1'), 'the archive is compressed with xz'],
    ['of bzip2', async () => Buffer.from('BZh91AY&SY'), 'the archive is compressed with bzip2'],
    [
      'with a second one behind it',
      async () => Buffer.concat([await archiveOf(docker()), rawTar({ name: 'x' })]),
      'the archive has entries behind its end',
    ],
    [
      'with a member that says it is larger than all',
      () => raw({ name: 'x', size: base256(2n ** 50n, 12) }),
      'the archive is not a whole tar',
    ],
    [
      'with a member of a negative size',
      () => raw({ name: 'x', size: base256(-1n, 12) }),
      'the size of an entry is negative',
    ],
    [
      'with records of 8 GiB',
      () => raw({ name: 'x', type: 'x', size: 2 ** 33 - 1 }),
      'the records before an entry are too large',
    ],
    [
      'with a name of 8 GiB',
      () => raw({ name: 'x', type: 'L', size: 2 ** 33 - 1 }),
      'the records before an entry are too large',
    ],
    ['with a member twice', () => raw({ name: 'manifest.json', body: '[]' }), 'has the member "manifest.json" twice'],
    [
      'with a member twice, the other one with a dot',
      () => raw({ name: './layer.tar', body: 'x' }),
      'has the member "layer.tar" twice',
    ],
    ['with a name that leads out', () => raw({ name: '../../victim', body: 'x' }), 'leads out of the archive'],
    ['with a device', () => raw({ name: 'x', type: '3', major: 1, minor: 3 }), 'is a character-device'],
    ['with a fifo', () => raw({ name: 'x', type: '6' }), 'is a fifo'],
    ['with a folder that has content', () => raw({ name: 'x/', type: '5', body: 'x'.repeat(512) }), 'has content'],
    [
      'with a hole of a terabyte',
      () =>
        raw(
          paxEntry({
            'GNU.sparse.major': '0',
            'GNU.sparse.minor': '1',
            'GNU.sparse.name': 'x',
            'GNU.sparse.size': String(2 ** 40),
            'GNU.sparse.map': '0,0',
          }),
          { name: 'x' },
        ),
      '',
    ],
  ])('%s is refused', async (_what, archive, line) => {
    await expectRefused(await archive(), line);
  });
});

describe('a bomb', () => {
  test.each([
    ['gzip', (zeros: Buffer) => gzipSync(zeros)],
    ['zstd', (zeros: Buffer) => zstdCompressSync(zeros)],
  ])('of %s is refused before it fills the disk', async (_name, compress) => {
    const header = rawEntry({ name: 'x', size: base256(2n ** 36n, 12) });
    const bomb = Buffer.concat([compress(header), ...Array(18).fill(compress(Buffer.alloc(2 ** 26)))]);
    await expectRefused(bomb, /grows to more than \d+ times its size/);
  });

  test('of members is refused', async () => {
    const members = Array.from({ length: 20_001 }, (_, index) => rawEntry({ name: `m${index}` }));
    await expectRefused(gzipSync(Buffer.concat([...members, tarEnd])), 'more than 20000 members');
  });

  test.each(['manifest.json', 'index.json', 'oci-layout', 'config.json'])('of a huge %s is refused', async (name) => {
    const members = name.includes('index') || name.includes('layout') ? oci() : docker();
    const huge = Buffer.alloc(5 * 2 ** 20, '[');
    await expectRefused(
      await archiveOf({ ...members, [name]: huge }),
      /has 5242880 bytes, more than the \d+ that are allowed/,
    );
  });

  test.each(['manifest.json', 'index.json'])('of lists in lists in %s is refused', async (name) => {
    const members = name === 'index.json' ? oci() : docker();
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    await expectRefused(await archiveOf({ ...members, [name]: deep }), /manifest(?:\.json)? .*is not/);
  });
});

describe('a link', () => {
  const withLink = async (linkname: string, type: 'symlink' | 'link' = 'symlink') =>
    makeTar([...entriesOf(without(docker(), 'layer.tar')), { name: 'layer.tar', type, linkname }]);

  test.each(['/etc/passwd', '../../../../etc/passwd', 'layer.tar', 'nothing', '.', '/'])(
    'for a layer to %s is refused',
    async (linkname) => {
      await expectRefused(await withLink(linkname), 'is a link to no file of it');
    },
  );

  test('that is hard leads to no file of the host', async () => {
    await expectRefused(await withLink('/etc/passwd', 'link'), 'is a link to no file of it');
  });

  test.each(['manifest.json', 'config.json'])('for %s to a file of the host is refused', async (name) => {
    const tar = await makeTar([
      ...entriesOf(without(docker(), name)),
      { name, type: 'symlink', linkname: '/etc/passwd' },
    ]);
    await expectRefused(tar, 'is a link to no file of it');
  });

  test('to a link is not followed', async () => {
    const tar = await makeTar([
      ...entriesOf(docker({}, { Layers: ['one'] })),
      { name: 'one', type: 'symlink', linkname: 'two' },
      { name: 'two', type: 'symlink', linkname: 'layer.tar' },
    ]);
    await expectRefused(tar, 'is a link to no file of it');
  });

  test('to a layer of the archive is what Docker once wrote, and is followed', async () => {
    const tar = await makeTar([
      ...entriesOf(docker({}, { Layers: ['again/layer.tar'] })),
      { name: 'again/layer.tar', type: 'symlink', linkname: '../layer.tar' },
    ]);
    expect(await load(tar)).toMatchObject({ status: 0, stdout: 'Loaded image: victim:1\n', stderr: '' });
  });
});

describe('a docker archive that lies', () => {
  const other = Buffer.from('x'.repeat(1024));
  test.each<[what: string, members: Members, line: string]>([
    ['lacks a layer', without(docker(), 'layer.tar'), 'the archive lacks "layer.tar"'],
    ['lacks its config', without(docker(), 'config.json'), 'the archive lacks "config.json"'],
    ['names the host’s files', docker({}, { Config: '/etc/passwd' }), 'the archive lacks "/etc/passwd"'],
    ['names files above', docker({}, { Layers: ['../../../etc/passwd'] }), 'the archive lacks "../../../etc/passwd"'],
    ['has another layer', docker({ 'layer.tar': other }), 'the blob sha256:|a layer'],
    ['has fewer layers than its config', docker({}, { Layers: [] }), 'names 1 layers and manifest.json 0'],
    [
      'has more layers than its config',
      docker({}, { Layers: ['layer.tar', 'layer.tar'] }),
      'names 1 layers and manifest.json 2',
    ],
    ['has no image', docker({ 'manifest.json': '[]' }), 'the archive has no image'],
    [
      'has something else for a manifest',
      docker({ 'manifest.json': 'null' }),
      'manifest.json of the archive is not a list',
    ],
    ['has a name that is none', docker({}, { RepoTags: ['\u001b[2J:x'] }), 'a name that is none'],
    ['has a config that is none', docker({ 'config.json': '[]' }), 'the image config is not an object'],
    ['has a layer of no bytes', docker({ 'layer.tar': '' }), ''],
    ['is as old as Docker 1.9', { repositories: '{}', 'a/layer.tar': layer }, 'Docker before version 1.10 wrote it'],
  ])('%s: it is refused', async (_what, members, line) => {
    await expectRefused(await archiveOf(members), new RegExp(line));
  });

  test('has a second image that is broken: the first one is not touched either', async () => {
    const manifest = json([
      { Config: 'config.json', RepoTags: ['localhost/there:1'], Layers: ['layer.tar'] },
      { Config: 'config.json', RepoTags: ['b:1'], Layers: ['nothing'] },
    ]);
    await expectRefused(await archiveOf(docker({ 'manifest.json': manifest })), 'the archive lacks "nothing"');
  });
});

describe('an OCI image layout that lies', () => {
  const [layerName, digest] = [blobName(layer), sha256(layer)];
  const changed = Buffer.from(layer);
  changed[600]! ^= 1;
  const nested = (depth: number): Members => {
    let members = oci();
    for (let level = 0; level < depth; level++) {
      const index = Buffer.from(
        json({ ...JSON.parse(members['index.json'] as string), mediaType: mediaTypes.ociIndex }),
      );
      members = {
        ...members,
        [blobName(index)]: index,
        'index.json': json({ schemaVersion: 2, manifests: [described(index, mediaTypes.ociIndex)] }),
      };
    }
    return members;
  };

  test.each<[what: string, members: Members, line: string]>([
    ['lacks a layer', without(oci(), layerName), `the archive lacks the blob ${digest}`],
    ['lacks its config', without(oci(), blobName(configOf(layer))), 'the archive lacks the blob sha256:'],
    ['has a layer of another size', { ...oci(), [layerName]: 'short' }, 'has 5 bytes instead of'],
    ['has a layer of other content', { ...oci(), [layerName]: changed }, 'the blob sha256:'],
    [
      'has a config of other content',
      { ...oci(), [blobName(configOf(layer))]: configOf(layer).replace('linux', 'LINUX') },
      'has other content',
    ],
    ['has the version 2', { ...oci(), 'oci-layout': '{"imageLayoutVersion":"2.0.0"}' }, 'the layout version "2.0.0"'],
    ['has no image', oci({ index: (fields) => ({ ...fields, manifests: [] }) }), 'the archive has no image'],
    ['is a manifest and an index', oci({ manifest: (fields) => ({ ...fields, manifests: [] }) }), 'ambiguous'],
    [
      'calls a manifest an index',
      oci({
        index: (fields) => ({
          ...fields,
          manifests: (fields.manifests as Fields[]).map((each) => ({ ...each, mediaType: mediaTypes.ociIndex })),
        }),
      }),
      'the manifest came as',
    ],
    [
      'has a digest that leads out',
      oci({
        manifest: (fields) => ({
          ...fields,
          layers: [{ mediaType: mediaTypes.ociLayer, size: 1, digest: 'sha256:../../../etc/passwd' }],
        }),
      }),
      'is not a digest',
    ],
    ['nests indexes', nested(5), 'is nested more than 3 deep'],
    [
      'has a name that is none',
      oci({ annotations: { 'io.containerd.image.name': 'a:b:c' } }),
      'a name that is none: "a:b:c"',
    ],
    [
      'is no image',
      oci({
        manifest: (fields) => ({
          ...fields,
          config: { ...(fields.config as Fields), mediaType: 'application/vnd.other' },
        }),
      }),
      'this is not a container image',
    ],
  ])('%s: it is refused', async (_what, members, line) => {
    await expectRefused(await archiveOf(members), new RegExp(line));
  });

  test('with nested indexes as deep as anyone means them is loaded', async () => {
    expect(await load(await archiveOf(nested(2)))).toMatchObject({ status: 0, stderr: '' });
  });

  test('gives an image a digest that it has not: nobody finds it there', async () => {
    const pinned = `docker.io/library/victim@sha256:${'a'.repeat(64)}`;
    const ended = await load(await archiveOf(oci({ annotations: { 'io.containerd.image.name': pinned } })));
    expect(ended).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Loaded image ID: sha256:\w{64}\n$/) });
    expect(await target.tsdocker('inspect', pinned)).toMatchObject({ stdout: '[]\n', status: 125 });
  });
});
