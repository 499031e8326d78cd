// Layers at random, of few names, so that everything meets everything: links, folders, files, whiteouts in each other's place.
// Every driver must make the same tree of one, or refuse it: else a layer is one thing here and another there. The numbers
// that begin each are fixed: a failure comes again.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TsdockerError } from '../../src/error.ts';
import type { ChainID, DiffID } from '../../src/image/digest.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import { type LayerEntry, makeTar, sha256 } from '../support/image-fixture.ts';
import { type TestedDriver, testedDrivers } from '../support/layer-drivers.ts';
import { readMerged } from '../support/trees.ts';

/** TSDOCKER_FUZZ asks for more of them. */
const rounds = Number(process.env.TSDOCKER_FUZZ ?? 40);
const firstSeed = Number(process.env.TSDOCKER_FUZZ_SEED ?? 1);

/** Numbers from 0 to `below`, the same for the same seed (Marsaglia, "Xorshift RNGs"). */
function randomFrom(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

function randomLayer(random: (below: number) => number): LayerEntry[] {
  const word = () => ['a', 'b', 'c'][random(3)]!;
  const path = () => Array.from({ length: 1 + random(3) }, word).join('/');
  const target = () => ['.', '..', '/', word(), `/${path()}`, `../${word()}`, path()][random(7)]!;
  const metadata = () => ({
    mode: [0o600, 0o755, 0o4711][random(3)]!,
    uid: random(3),
    mtime: new Date(random(9) * 1000),
  });
  const kinds: (() => LayerEntry)[] = [
    () => ({ name: path(), body: 'x'.repeat(random(5000)), ...metadata() }),
    () => ({ name: `${path()}/`, type: 'directory', ...metadata() }),
    () => ({ name: path(), type: 'symlink', linkname: target(), ...metadata() }),
    () => ({ name: path(), type: 'symlink', linkname: target(), ...metadata() }),
    () => ({ name: path(), type: 'link', linkname: path() }),
    () => ({ name: `${path()}/.wh.${word()}`, body: '' }),
    () => ({ name: `${path()}/.wh..wh..opq`, body: '' }),
    () => ({ name: path(), type: 'fifo', ...metadata() }),
  ];
  return Array.from({ length: 2 + random(12) }, () => kinds[random(kinds.length)]!());
}

/** What overlayfs shows of a driver’s layers; or how many of them it took before it refused one. */
async function shownBy(driver: TestedDriver, folder: string, stack: readonly Uint8Array[]): Promise<Shown> {
  mkdirSync(folder);
  const layers = driver.open(folder);
  const chain: ChainID[] = [];
  for (const tar of stack) {
    const id = `sha256:${String(chain.length + 1).padStart(64, '0')}` as ChainID;
    const content = (async function* () {
      yield tar;
    })();
    const blob = { mediaType: mediaTypes.ociLayer, size: tar.byteLength, diffID: sha256(tar) as DiffID, content };
    try {
      await layers.add(id, blob, Promise.resolve([...chain]));
    } catch (error) {
      expect(error).toBeInstanceOf(TsdockerError);
      return { refused: `layer ${chain.length + 1}: ${(error as Error).message}` };
    }
    chain.push(id);
  }
  using shown = new DisposableStack();
  return await readMerged(chain.map((id) => shown.use(driver.show(folder, id)).root).reverse());
}

test.skipIf(testedDrivers.length < 2)('all drivers make the same of any layers', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-agreement-'));
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'untouched');
  try {
    const found: string[] = [];
    for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
      const random = randomFrom(seed);
      const layers = Array.from({ length: 1 + random(3) }, () => randomLayer(random));
      const tars = await Promise.all(layers.map(makeTar));
      const all: Shown[] = [];
      for (const [index, driver] of testedDrivers.entries())
        all.push(await shownBy(driver, join(folder, `${seed}-${index}`), tars));
      const differences = differencesOf(all[0]!, all.at(-1)!);
      if (differences.length > 0)
        found.push([`seed ${seed}`, ...differences.slice(0, 4), ...layers.map(told)].join('\n'));
      for (const index of testedDrivers.keys()) rmSync(join(folder, `${seed}-${index}`), { recursive: true });
    }
    expect(found).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

type Shown = Record<string, unknown>;

function differencesOf(one: Shown, other: Shown): string[] {
  const show = (value: unknown) =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  // That a layer is refused must agree; the words may differ with what a driver sees first.
  if ('refused' in one && 'refused' in other) return [];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((name) => show(one[name]) !== show(other[name]))
    .map((name) => `${name}: ${show(one[name])} is ${show(other[name])}`);
}

const told = (layer: readonly LayerEntry[]): string =>
  layer.map(({ name, type = 'file', linkname = '' }) => `${type} ${name} ${linkname}`.trim()).join(', ');
