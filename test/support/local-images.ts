// Images put into a store without a registry, for tests of what is done with them there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pullImage } from '../../src/engine/pull.ts';
import { digestHex } from '../../src/image/digest.ts';
import type { Compression } from '../../src/image/media-types.ts';
import { parseReference } from '../../src/image/reference.ts';
import { findImage } from '../../src/store/images.ts';
import { openStore } from '../../src/store/store.ts';
import { hostArchitecture, makeOciLayout } from './image-fixture.ts';
import { layoutSource } from './layout-source.ts';

export interface LocalImage {
  /** The whole id: `sha256:…`. */
  readonly id: string;
  /** Its first twelve digits. */
  readonly short: string;
  readonly manifest: string;
  readonly chain: readonly string[];
}

export interface LocalImageOptions {
  /** What its upper layer holds; the lower one is the same of all these images. */
  readonly body?: string | Uint8Array;
  /** RFC 3339. */
  readonly created?: string;
  readonly labels?: Record<string, string>;
  /** Another one makes another manifest, with the same id. */
  readonly compression?: Compression;
}

/** An image of two layers in the store `root`, under `name`. */
export async function addImage(root: string, name: string, options: LocalImageOptions = {}): Promise<LocalImage> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-layout-'));
  try {
    const layout = await makeOciLayout(folder, {
      layers: [[{ name: 'shared', body: 'shared' }], [{ name: 'own', body: options.body ?? name }]],
      compression: options.compression ?? 'gzip',
      config: { Cmd: ['/own'], Labels: options.labels ?? {} },
      alter: (config) => ({ ...config, created: options.created ?? '2026-01-01T00:00:00Z' }),
    });
    using store = openStore(root);
    await pullImage(store, layoutSource(layout), parseReference(name), { platform: hostArchitecture });
    const { configDigest, manifestDigest, chain } = findImage(store, name)!;
    return { id: configDigest, short: digestHex(configDigest).slice(0, 12), manifest: manifestDigest, chain };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
