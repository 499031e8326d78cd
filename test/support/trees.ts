// What a directory tree holds, all metadata included, as values that a test can compare: GNU tar reads it, so that neither we
// nor those we are compared with say what is there.
import { execFile, spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import type { Entry } from '../../src/layer/entry.ts';
import { readArchive } from '../../src/layer/tar/archive.ts';

const run = promisify(execFile);

/** Of a tar of the working directory, as `readCommandTar` reads it. */
export const tarWords = [
  '--create',
  '--sort=name',
  '--numeric-owner',
  '--format=pax',
  '--xattrs',
  '--xattrs-include=*',
  '--xattrs-exclude=user.overlay.*',
  '--directory=.',
  '.',
];

export interface TreeEntry {
  readonly type: Entry['type'];
  readonly mode: string;
  readonly owner: string;
  /** Nanoseconds. */
  readonly modified: bigint;
  readonly attributes: Readonly<Record<string, string>>;
  /** Content of a file, target of a link, number of a device. */
  readonly content: string;
}

/** Lists the directory `folder`. Attributes of overlayfs itself are left out. */
export function readTree(folder: string): Promise<Record<string, TreeEntry>> {
  return readCommandTar(['tar', ...tarWords], folder);
}

/**
 * Lists what overlayfs shows of some layers in a mount namespace that ends with it: images are mounted,
 * as the kernel reads them.
 * @param layers The paths of directories and images, the topmost first.
 */
export function readMerged(layers: readonly string[]): Promise<Record<string, TreeEntry>> {
  // overlayfs wants two layers: an empty one is the lowest.
  const script = `
    d=$(mktemp -d)
    trap 'cd /; umount -R $d; rm -r $d' EXIT
    mount -t tmpfs -o size=1m tmpfs $d
    mkdir $d/merged $d/empty
    lower=
    number=0
    while [ "$1" != -- ]; do
      case $1 in
        *.erofs) number=$((number + 1)); mkdir $d/$number; mount -t erofs -o ro,loop "$1" $d/$number; layer=$d/$number ;;
        *) layer=$1 ;;
      esac
      lower=$lower$layer:
      shift
    done
    shift
    mount -t overlay overlay -o "ro,lowerdir=$lower$d/empty" $d/merged
    cd $d/merged
    "$@"`;
  return readCommandTar(['unshare', '--mount', 'sh', '-ec', script, 'sh', ...layers, '--', 'tar', ...tarWords], '/');
}

/** Lists what a command writes as a tar. */
export async function readCommandTar([command, ...words]: string[], cwd: string): Promise<Record<string, TreeEntry>> {
  const child = spawn(command!, words, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const tree: Record<string, TreeEntry> = {};
  let current: { entry: Entry; hash: Hash } | undefined;
  await readArchive(child.stdout, {
    begin: (entry) => {
      current = { entry, hash: createHash('sha256') };
    },
    write: (content) => current!.hash.update(content),
    hole: (length) => current!.hash.update(Buffer.alloc(length)),
    end: () => {
      const { entry, hash } = current!;
      tree[`/${entry.path.join('/')}`] = describe(entry, hash.digest('hex'));
    },
  });
  const status = await closed;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return tree;
}

function describe(entry: Entry, content: string): TreeEntry {
  return {
    type: entry.type,
    mode: entry.mode.toString(8),
    owner: `${entry.uid}:${entry.gid}`,
    modified: entry.modified,
    attributes: Object.fromEntries(
      entry.attributes.map(({ name, value }) => [name, Buffer.from(value).toString('hex')]),
    ),
    content: contentOf(entry, content),
  };
}

function contentOf(entry: Entry, content: string): string {
  switch (entry.type) {
    case 'file':
      return content;
    case 'symlink':
      return entry.target;
    case 'link':
      return entry.target.join('/');
    case 'character-device':
    case 'block-device':
      return `${entry.major}:${entry.minor}`;
    default:
      return '';
  }
}

/** Unpacks an OCI image layout with umoci, as root, and returns the root file system's folder. @param bundle Made by it. */
export async function umociUnpack(layout: string, bundle: string): Promise<string> {
  await run('umoci', ['unpack', '--image', `${layout}:latest`, bundle]);
  return `${bundle}/rootfs`;
}
