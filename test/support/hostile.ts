// Images made to do harm, served by the fake registry and pulled by the command; and what must be true after each.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'vitest';
import { type Compression, mediaTypes } from '../../src/image/media-types.ts';
import { type FakeOptions, type Served, startFakeRegistry } from '../fakes/registry.ts';
import { hostArchitecture, type LayerEntry, makeTar, sha256 } from './image-fixture.ts';
import { type Ended, program } from './tsdocker.ts';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export interface HostileLayer {
  /** What the registry sends. */
  readonly blob: Uint8Array;
  readonly diffID: string;
  readonly mediaType: string;
}

const compressed = {
  none: { mediaType: mediaTypes.ociLayer, compress: (tar: Uint8Array) => tar },
  gzip: { mediaType: mediaTypes.ociLayerGzip, compress: (tar: Uint8Array) => gzipSync(tar) },
  zstd: { mediaType: mediaTypes.ociLayerZstd, compress: (tar: Uint8Array) => zstdCompressSync(tar) },
} as const;

export function layerOf(tar: Uint8Array, compression: Compression = 'none'): HostileLayer {
  const { mediaType, compress } = compressed[compression];
  return { blob: compress(tar), diffID: sha256(tar), mediaType };
}

type Fields = Record<string, unknown>;
export interface Descriptor extends Fields {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
export interface ManifestFields extends Fields {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Lies {
  /** Changes the image config before it is written. */
  readonly config?: (config: Fields) => unknown;
  /** Changes the manifest before it is written. */
  readonly manifest?: (manifest: ManifestFields) => unknown;
  /** The Content-Type of the manifest. */
  readonly sentAs?: string;
}

/** An image of these layers, the lowest first, true but for the lies. */
export function imageOf(layers: readonly HostileLayer[], lies: Lies = {}): Served {
  const { config: alterConfig = (fields) => fields, manifest: alterManifest = (fields) => fields } = lies;
  const config = json(
    alterConfig({
      ...hostArchitecture,
      config: { Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffID }) => diffID) },
    }),
  );
  const described = (bytes: Uint8Array, mediaType: string): Descriptor => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.byteLength,
  });
  const manifest = alterManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: described(config, mediaTypes.ociConfig),
    layers: layers.map(({ blob, mediaType }) => described(blob, mediaType)),
  });
  const bytes = manifest instanceof Uint8Array ? manifest : json(manifest);
  return {
    top: { bytes, mediaType: lies.sentAs ?? mediaTypes.ociManifest },
    blobs: new Map([config, ...layers.map(({ blob }) => blob)].map((blob) => [sha256(blob), blob])),
  };
}

/** An image with one layer of these entries. */
export const imageWith = async (entries: readonly LayerEntry[]): Promise<Served> =>
  imageOf([layerOf(await makeTar(entries))]);

export interface Pulled extends Ended {
  /** The most memory that the command had at one time, in MiB. */
  readonly peak: number;
}

export interface Left {
  /** The names of their folders. */
  readonly layers: readonly string[];
  readonly temporary: readonly string[];
  /** How many. */
  readonly images: number;
}

export interface Target extends Disposable {
  readonly root: string;
  /** `tsdocker WORDS…`, beside which the fake registry of this process goes on answering. */
  tsdocker(...words: readonly string[]): Promise<Pulled>;
  /** Throws where something outside of the store was changed, or the store has an image, a layer or a leftover. */
  expectUntouched(): void;
  left(): Left;
}

/** A store of its own in a folder with a file that nobody is to touch. */
export function makeTarget(environment: Readonly<Record<string, string>> = {}): Target {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-hostile-'));
  const root = join(folder, 'store');
  const canary = join(folder, 'victim');
  writeFileSync(canary, 'untouched', { mode: 0o600 });
  const before = statSync(canary, { bigint: true });
  return {
    root,
    tsdocker: (...words) => runMeasured(words, { PATH: process.env.PATH ?? '', TSDOCKER_ROOT: root, ...environment }),
    expectUntouched() {
      expect(readFileSync(canary, 'utf8')).toBe('untouched');
      const { ctimeNs, mode, uid, nlink } = statSync(canary, { bigint: true });
      expect({ ctimeNs, mode, uid, nlink }).toEqual({ ctimeNs: before.ctimeNs, mode: before.mode, uid: 0n, nlink: 1n });
      expect(readdirSync(folder).filter((name) => name !== 'store')).toEqual(['victim']);
      expect(leftIn(root)).toEqual({ layers: [], temporary: [], images: 0 });
    },
    left: () => leftIn(root),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** What a refused image must not leave in a store. Blobs that are what their digests say may stay. */
function leftIn(root: string): Left {
  return {
    layers: list(join(root, 'layer')),
    temporary: list(join(root, 'tmp')).filter((name) => name !== 'garbage.lock'),
    images: countImages(join(root, 'tsdocker.db')),
  };
}

function countImages(path: string): number {
  if (!existsSync(path)) return 0;
  using database = new DatabaseSync(path, { readOnly: true });
  return Number(database.prepare('SELECT count(*) AS count FROM images').get()?.count);
}

/** Runs the command to its end. Nothing here takes a minute: what does not end is killed, and has the status null. */
function runMeasured(words: readonly string[], env: Record<string, string>): Promise<Pulled> {
  const child = spawn(program, words, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (piece: Buffer) => {
    output.stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    output.stderr += piece.toString();
  });
  let peak = 0;
  // VmHWM only grows, and is gone with the process (proc_pid_status(5)).
  const watch = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid!));
  }, 20);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(watch);
      resolve({ status, ...output, peak });
    });
  });
}

function highWater(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** MiB that no image makes the command use. */
const mostMemory = 400;

export type Attack = Omit<FakeOptions, 'served'> & {
  /** Flags of pull. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** Pulls the image as anyone would, into a store that is empty. */
export async function pull<T>(
  served: Served,
  { flags = [], environment = {}, ...options }: Attack,
  look: (pulled: Pulled, target: Target, name: string) => T,
): Promise<Awaited<T>> {
  const registry = await startFakeRegistry({ ...options, served });
  using target = makeTarget(environment);
  try {
    const pulled = await target.tsdocker('pull', '-q', ...flags, registry.name);
    return await look(pulled, target, registry.name);
  } finally {
    await registry.stop();
  }
}

/** Pulls the image, which must end with one clear line, and leave nothing. @param line What the line must say. */
export function expectRefused(served: Served, line: RegExp | string, attack: Attack = {}): Promise<void> {
  return pull(served, attack, ({ status, stdout, stderr, peak }, target) => {
    expect(stderr).toMatch(/^tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/);
    expect(stderr).not.toMatch(/defect|\p{Cc}(?<!\n)/u);
    expect(stderr.length).toBeLessThan(2000);
    expect(stderr.split('\n')[0]).toMatch(line);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(peak).toBeLessThan(mostMemory);
    target.expectUntouched();
  });
}
