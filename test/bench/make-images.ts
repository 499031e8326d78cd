// The images of the bench: OCI image layouts under build/bench/images, made once and kept. The same packages and the same
// seeds give the same layers.
import { execFileSync, spawnSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeOwnFolder } from './cleanup.ts';
import { modules, programs } from './npm-packages.ts';
import { type PackedImage, packImage } from './pack-image.ts';

export interface BenchImage extends PackedImage {
  readonly layout: string;
  /** What a reader of the figures has to know. */
  readonly remark: string;
}

interface Recipe {
  readonly name: string;
  /** Makes a folder a layer in `place`, the lowest first, and says what there is to say. */
  make(place: string): { layers: string[]; remark: string };
}

/** Bytes that look random and are the same at each run. */
function makeNoise(seed: number): (length: number) => Buffer {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return (length) => stream.update(Buffer.alloc(length));
}

/** Writes a file of which every other KiB repeats itself. */
function writeHalfNoise(path: string, length: number, noise: (length: number) => Buffer): void {
  const file = openSync(path, 'w');
  const text = Buffer.alloc(1024, 'what every other kilobyte says ');
  for (let written = 0; written < length; ) {
    const piece = noise(Math.min(length - written, 2 ** 20));
    for (let at = 0; at < piece.length; at += 2048) text.copy(piece, at);
    written += writeSync(file, piece);
  }
  closeSync(file);
}

/** The lowest layer of each image: something to run. */
function makeBusybox(folder: string): string {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  cpSync('/bin/busybox', join(folder, 'bin/busybox'));
  for (const applet of ['sh', 'true', 'sleep', 'cat'])
    execFileSync('ln', ['-s', 'busybox', join(folder, 'bin', applet)]);
  return folder;
}

/** A folder with files of some lengths, a hundred in each of its parts, under a name of their own. */
function makeFiles(folder: string, name: string, lengths: readonly number[], seed: number): string {
  const noise = makeNoise(seed);
  for (const [index, length] of lengths.entries()) {
    const part = join(folder, name, `part-${Math.floor(index / 100)}`);
    if (index % 100 === 0) mkdirSync(part, { recursive: true });
    writeHalfNoise(join(part, `file-${index}`), length, noise);
  }
  return folder;
}

/** False where npm cannot get them. */
function install(folder: string, packages: readonly string[], ...more: string[]): boolean {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error', '--force', ...more];
  return spawnSync('npm', ['install', ...flags, ...packages], { cwd: folder, stdio: 'ignore' }).status === 0;
}

const packages: Recipe = {
  name: 'packages',
  make(place) {
    const layers = [makeBusybox(join(place, 'busybox'))];
    const main = join(place, 'modules');
    const found = install(join(main, 'app'), modules, '--omit=optional');
    if (!found) {
      rmSync(main, { recursive: true });
      mkdirSync(main);
      for (const name of ['/usr/lib', '/usr/share']) execFileSync('cp', ['-a', '--parents', name, main]);
      return {
        layers: [...layers, main],
        remark: 'no npm registry could be reached: made of /usr of this machine instead',
      };
    }
    for (const [index, name] of programs.entries()) {
      const layer = join(place, `program-${index}`);
      if (!install(join(layer, `opt/program-${index}`), [name])) throw new Error(`npm cannot install ${name}`);
      layers.push(layer);
    }
    layers.push(
      makeFiles(
        join(place, 'settings'),
        'settings',
        Array.from({ length: 40 }, () => 2000),
        3,
      ),
      main,
    );
    layers.push(
      makeFiles(
        join(place, 'own'),
        'own',
        Array.from({ length: 300 }, () => 4000),
        4,
      ),
    );
    return { layers, remark: 'packages of npm' };
  },
};

const large: Recipe = {
  name: 'large',
  make(place) {
    const lengths = [
      ...[200, 200, 150, 100, 100, 50, 20].map((size) => size * 1e6),
      ...Array.from({ length: 95 }, () => 1e6),
      ...Array.from({ length: 10_000 }, (_, index) => 1000 + (index % 16) * 1000),
    ];
    const layer = makeFiles(join(place, 'large'), 'data', lengths, 1);
    return { layers: [makeBusybox(join(place, 'busybox')), layer], remark: 'one layer of 1 GB, half of it noise' };
  },
};

/** Busybox and some layers of some files. */
const regular = (name: string, layers: number, filesEach: number, remark: string): Recipe => ({
  name,
  make: (place) => ({
    layers: [
      makeBusybox(join(place, 'busybox')),
      ...Array.from({ length: layers - 1 }, (_, index) =>
        makeFiles(
          join(place, `${index}`),
          `layer-${index}`,
          Array.from({ length: filesEach }, () => 2000),
          index % 256,
        ),
      ),
    ],
    remark,
  }),
});

/** Files of 1 MB to read: for the page cache. */
const readable: Recipe = {
  name: 'readable',
  make: (place) => ({
    layers: [
      makeBusybox(join(place, 'busybox')),
      makeFiles(
        join(place, 'data'),
        'data',
        Array.from({ length: 100 }, () => 1e6),
        2,
      ),
    ],
    remark: '100 MB to read',
  }),
};

export const pulled: readonly Recipe[] = [packages, large, regular('layers', 40, 50, '40 small layers')];
export const byLayers: readonly Recipe[] = [1, 10, 40, 120].map((layers) =>
  regular(
    `layers-${layers}`,
    layers + 1,
    20,
    `${layers === 1 ? 'one layer' : `${layers} layers`} of 20 files, and busybox`,
  ),
);
export const byEntries: readonly Recipe[] = [1_000, 10_000, 100_000].map((entries) =>
  regular(`entries-${entries}`, 2, entries, `one layer of ${entries.toLocaleString('en')} files, and busybox`),
);
export { readable };

/** Makes what is not there yet. @param folder Where layouts are kept. */
export function makeImage(recipe: Recipe, folder: string): BenchImage {
  const layout = join(folder, recipe.name);
  const facts = `${layout}.json`;
  if (existsSync(facts)) return { ...JSON.parse(readFileSync(facts, 'utf8')), layout };
  console.error(`bench: making the image ${recipe.name}`);
  using own = makeOwnFolder(folder, 'making');
  const place = own.path;
  const { layers, remark } = recipe.make(place);
  const packed = packImage(recipe.name, layers, join(place, 'layout'));
  rmSync(layout, { recursive: true, force: true });
  renameSync(join(place, 'layout'), layout);
  writeFileSync(facts, JSON.stringify({ ...packed, remark }));
  return { ...packed, remark, layout };
}
