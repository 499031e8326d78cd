// Folders in, an OCI image layout out (image-spec image-layout.md): a layer a folder, packed by GNU tar and gzip with sorted
// names, no times and no owners, so that the same files give the same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PackedImage {
  readonly name: string;
  /** Bytes of all layers, as they are transferred and as tar. */
  readonly compressed: number;
  readonly unpacked: number;
  readonly layers: number;
  readonly entries: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const hexOf = (path: string): string => execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);

function writeDocument(blobs: string, mediaType: string, document: unknown): Descriptor {
  const text = JSON.stringify(document);
  const hex = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(blobs, hex), text);
  return {
    mediaType: `application/vnd.oci.image.${mediaType}+json`,
    digest: `sha256:${hex}`,
    size: Buffer.byteLength(text),
  };
}

interface PackedLayer extends Descriptor {
  readonly diffID: string;
  readonly unpacked: number;
  readonly entries: number;
}

function packLayer(blobs: string, folder: string): PackedLayer {
  const tar = join(blobs, 'layer.tar');
  const flags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  execFileSync('tar', [...flags, '-C', folder, '-cf', tar, '.']);
  const diffID = `sha256:${hexOf(tar)}`;
  const unpacked = statSync(tar).size;
  execFileSync('gzip', ['-n', '-f', tar]);
  const hex = hexOf(`${tar}.gz`);
  renameSync(`${tar}.gz`, join(blobs, hex));
  const entries = Number(execFileSync('du', ['-s', '--inodes', folder], { encoding: 'utf8' }).split('\t')[0]);
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return { mediaType, digest: `sha256:${hex}`, size: statSync(join(blobs, hex)).size, diffID, unpacked, entries };
}

/** @param folders What the layers hold, the lowest first; they are left as they are. @param layout Must not exist. */
export function packImage(name: string, folders: readonly string[], layout: string): PackedImage {
  const blobs = join(layout, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const layers = folders.map((folder) => packLayer(blobs, folder));
  const config = writeDocument(blobs, 'config.v1', {
    created: '2020-01-01T00:00:00Z',
    os: 'linux',
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffID }) => diffID) },
  });
  const manifest = writeDocument(blobs, 'manifest.v1', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const sum = (read: (layer: PackedLayer) => number) => layers.reduce((total, layer) => total + read(layer), 0);
  const packed: PackedImage = {
    name,
    compressed: sum(({ size }) => size),
    unpacked: sum(({ unpacked }) => unpacked),
    layers: layers.length,
    entries: sum(({ entries }) => entries),
  };
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  return packed;
}
