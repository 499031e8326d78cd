// Where the bench keeps what it makes: build/bench, which has to be on a real disk, or the figures would flatter everybody.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRegistry } from '../support/registry-server.ts';
import { makeOwnFolder, undoLater } from './cleanup.ts';
import type { BenchImage } from './make-images.ts';
import { fileSystemOf } from './measure.ts';

const run = promisify(execFile);

export const kept = join(import.meta.dirname, '../../build/bench');

/** Images stay there between runs. */
export const imageFolder = join(kept, 'images');

export interface Place extends Disposable {
  readonly folder: string;
  /** ext4, xfs, … */
  readonly fileSystem: string;
}

/** A folder for the stores of one run. Throws where it would not be on a disk. */
export function makePlace(): Place {
  mkdirSync(kept, { recursive: true });
  const fileSystem = fileSystemOf(kept);
  if (/tmpfs|ramfs|overlay/.test(fileSystem)) throw new Error(`${kept} is on ${fileSystem}: a real disk it must be`);
  const own = makeOwnFolder(kept, 'stores');
  return { folder: own.path, fileSystem, [Symbol.dispose]: () => own[Symbol.dispose]() };
}

export interface Served {
  /** What stands before an image's name. */
  readonly host: string;
  stop(): Promise<void>;
}

/** A registry on the loopback that has these images, and whose files have been read once. */
export async function serve(images: readonly BenchImage[]): Promise<Served> {
  const registry = await startRegistry();
  const stop = undoLater(() => registry.stop());
  try {
    for (const { layout, name } of images) {
      const to = `docker://${registry.host}/${name}:latest`;
      // Not synchronously: the registry stands still when nobody reads its log.
      await run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${layout}`, to]);
    }
    await run('sync');
    for (const { name } of images) await readOnce(`http://${registry.host}/v2/${name}`);
    return { host: registry.host, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The page cache is warm for everybody then: nobody pays for being the first. */
async function readOnce(repository: string): Promise<void> {
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const manifest = (await (await fetch(`${repository}/manifests/latest`, { headers })).json()) as {
    layers: { digest: string }[];
  };
  for (const { digest } of manifest.layers) {
    const { body } = await fetch(`${repository}/blobs/${digest}`);
    for await (const _ of body ?? []);
  }
}

/** Bytes of the page cache, once the disk has everything (proc_meminfo(5)). */
export function cached(): number {
  execFileSync('sync');
  const [, kilobytes] = /^Cached:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
