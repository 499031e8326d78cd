// Any tree, written as an EROFS image, is read back as it was: by our own reader, and now and then by the kernel and fsck.erofs.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as k from '../../src/kernel/constants.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { deviceOf } from '../../src/layer/erofs/format.ts';
import { type ErofsImage, openErofs } from '../../src/layer/erofs/reader.ts';
import { createErofsWriter } from '../../src/layer/erofs/writer.ts';
import { lowerLayers } from '../../src/layer/lower-layers.ts';

interface Leaf {
  readonly kind: 'file' | 'symlink' | 'fifo' | 'device';
  readonly content: Uint8Array;
  readonly hole: number;
  readonly numbers: readonly [number, number];
}
interface Folder {
  readonly kind: 'directory';
  readonly children: ReadonlyMap<string, Tree>;
}
type Tree = (Leaf | Folder) & {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: bigint;
  readonly attributes: readonly { readonly name: string; readonly value: Uint8Array }[];
};

/** Bytes by length and beginning: one arbitrary value each would take all the time. */
const bytesUpTo = (most: number): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.integer({ min: 1, max: most }), fc.uint8Array({ minLength: 1, maxLength: 10 }))
    .map(([length, bytes]) => Buffer.alloc(length, bytes));

/** A byte string that can be the name of a file and is no whiteout. */
const nameOf = fc
  .oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), bytesUpTo(255))
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x41 : byte))).toString('latin1'))
  .filter((name) => name !== '.' && name !== '..' && !name.startsWith('.wh.'));

const metadata = {
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
  gid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
  modified: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 19n }),
  attributes: fc.uniqueArray(
    fc.record({
      name: fc.stringMatching(/^(user|trusted|security)\.[a-z]{1,40}$/),
      value: bytesUpTo(3000),
    }),
    { maxLength: 3, selector: ({ name }) => name },
  ),
};

const { tree } = fc.letrec<{ tree: Tree; directory: Tree; leaf: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, { arbitrary: tie('leaf'), weight: 3 }, tie('directory')),
  leaf: fc.record({
    ...metadata,
    kind: fc.constantFrom('file', 'symlink', 'fifo', 'device'),
    content: bytesUpTo(9000),
    hole: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
    numbers: fc.tuple(fc.integer({ min: 1, max: 0xfff }), fc.integer({ min: 0, max: 0xfffff })),
  }) as fc.Arbitrary<Tree>,
  directory: fc.record({
    ...metadata,
    kind: fc.constant('directory' as const),
    children: fc.array(fc.tuple(nameOf, tie('tree')), { maxLength: 60, size: '+1' }).map((list) => new Map(list)),
  }) as fc.Arbitrary<Tree>,
}));
const roots = tree.filter(({ kind }) => kind === 'directory') as fc.Arbitrary<Tree & Folder>;

const targetOf = ({ content }: Leaf): string =>
  Buffer.from(content.map((byte) => byte || 1))
    .toString('latin1')
    .slice(0, 4095);

function* entriesOf(node: Tree, path: readonly string[]): Generator<{ entry: Entry; leaf?: Leaf }> {
  const { mode, uid, gid, modified, attributes } = node;
  const common = { path, mode, uid, gid, modified, accessed: modified, attributes };
  if (node.kind === 'directory') {
    yield { entry: { ...common, type: 'directory' } };
    for (const [name, child] of node.children) yield* entriesOf(child, [...path, name]);
  } else if (node.kind === 'file') yield { entry: { ...common, type: 'file' }, leaf: node };
  else if (node.kind === 'symlink') yield { entry: { ...common, type: 'symlink', target: targetOf(node) } };
  else if (node.kind === 'fifo') yield { entry: { ...common, type: 'fifo' } };
  else {
    const [major, minor] = node.numbers;
    yield { entry: { ...common, type: 'character-device', major, minor } };
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(root: Tree): string {
  const path = join(folder, 'image.erofs');
  rmSync(path, { force: true });
  const file = openSync(path, 'wx+');
  try {
    const writer = createErofsWriter(file);
    for (const { entry, leaf } of entriesOf(root, [])) {
      writer.begin(entry);
      if (leaf !== undefined) {
        writer.write(leaf.content);
        if (leaf.hole > 0) writer.hole(leaf.hole);
        writer.write(leaf.content.subarray(0, 100));
      }
      writer.end();
    }
    writer.finish(lowerLayers([]));
  } finally {
    closeSync(file);
  }
  return path;
}

const contentOf = ({ content, hole }: Leaf): Buffer =>
  Buffer.concat([content, Buffer.alloc(hole), content.subarray(0, 100)]);

function expectSame(image: ErofsImage, nid: number, node: Tree): void {
  const inode = image.inode(nid);
  const mode = node.kind === 'symlink' ? 0o777 : node.mode;
  expect({ mode: inode.mode & 0o7777, uid: inode.uid, gid: inode.gid, modified: inode.modified }).toEqual({
    mode,
    uid: node.uid,
    gid: node.gid,
    modified: node.modified,
  });
  const shown = (list: Tree['attributes']) => list.map(({ name, value }) => [name, Buffer.from(value).toString('hex')]);
  expect(shown(image.attributes(nid))).toEqual(shown(node.attributes));
  const type = inode.mode & k.S_IFMT;
  if (node.kind === 'directory') {
    expect(type).toBe(k.S_IFDIR);
    const names = image.list(nid).map(({ name }) => name);
    expect(names).toEqual([...node.children.keys(), '.', '..'].sort());
    for (const [name, child] of node.children) expectSame(image, image.lookUp(nid, name)!.nid, child);
  } else if (node.kind === 'file') {
    expect(Buffer.compare(image.read(nid, 0, inode.size), contentOf(node))).toBe(0);
  } else if (node.kind === 'symlink') {
    expect(image.read(nid, 0, inode.size).toString('latin1')).toBe(targetOf(node));
  } else if (node.kind === 'device') {
    const { major, minor } = deviceOf(inode.word);
    expect([type, major, minor]).toEqual([k.S_IFCHR, ...node.numbers]);
  } else expect(type).toBe(k.S_IFIFO);
}

test('our reader gives back any tree that our writer was given', () => {
  fc.assert(
    fc.property(roots, (root) => {
      const file = openSync(write(root), 'r');
      try {
        const image = openErofs(file);
        expectSame(image, image.root, root);
      } finally {
        closeSync(file);
      }
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
  );
}, 60_000);

test('the kernel and fsck.erofs take any tree that our writer was given', () => {
  // An x for each name: a name may hold a newline.
  const script = 'mount -t erofs -o ro,loop "$1" "$2"; cd "$2"; find . -printf x >../names; tar -cf ../tar .';
  const mounted = join(folder, 'mounted');
  execFileSync('mkdir', [mounted]);
  const count = (node: Tree): number =>
    1 + (node.kind === 'directory' ? [...node.children.values()].reduce((sum, child) => sum + count(child), 0) : 0);
  fc.assert(
    fc.property(roots, (root) => {
      const path = write(root);
      execFileSync('fsck.erofs', [path], { stdio: 'pipe' });
      execFileSync('unshare', ['--mount', 'sh', '-ec', script, 'sh', path, mounted], { stdio: 'pipe' });
      expect(readFileSync(join(folder, 'names'), 'utf8')).toHaveLength(count(root));
    }),
    { numRuns: 60, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
  );
}, 60_000);
