// A store: the folder that holds everything tsdocker keeps, /var/lib/tsdocker unless told otherwise (design, 2.4, 2.5).
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { type Database, openDatabase } from './database.ts';

export interface Store extends Disposable {
  /** Absolute. */
  readonly root: string;
  readonly database: Database;
  readonly paths: StorePaths;
}

export interface StorePaths {
  /** An OCI image layout (image-spec image-layout.md). */
  readonly image: string;
  /** A folder a layer, named by its chainID. */
  readonly layer: string;
  /** A folder a container: its OCI bundle. */
  readonly container: string;
  /** Blobs that are being downloaded, or were when their pull ended; and locks of layers. */
  readonly download: string;
  /** Files that get their name when they are whole. On the same file system as the rest. */
  readonly tmp: string;
}

/**
 * The folders and their modes. A layer holds set-user-ID programs and device nodes of strangers: no user of the host may
 * reach them, so all but the way to the containers' folders is closed (CVE-2021-41091).
 */
const modes: Readonly<Record<keyof StorePaths, number>> = {
  image: 0o700,
  layer: 0o700,
  container: 0o711,
  download: 0o700,
  tmp: 0o700,
};

/** Opens the store in `root` and makes what is missing. The caller disposes of it. Throws `permission` where it is not ours. */
export function openStore(root: string): Store {
  const paths = {
    image: join(root, 'image'),
    layer: join(root, 'layer'),
    container: join(root, 'container'),
    download: join(root, 'download'),
    tmp: join(root, 'tmp'),
  };
  try {
    if (!existsSync(join(paths.image, 'index.json')) || !existsSync(paths.download)) createFolders(root, paths);
    const database = openDatabase(root);
    return { root, database, paths, [Symbol.dispose]: () => database[Symbol.dispose]() };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw cause;
    throw new TsdockerError('permission', `cannot open the store ${root}: permission denied`, {
      cause,
      hint: 'run tsdocker as root',
    });
  }
}

function createFolders(root: string, paths: StorePaths): void {
  mkdirSync(root, { recursive: true, mode: 0o711 });
  chmodSync(root, 0o711); // whatever the umask is
  for (const [name, mode] of Object.entries(modes)) {
    const path = paths[name as keyof StorePaths];
    mkdirSync(path, { recursive: true, mode });
    chmodSync(path, mode);
  }
  mkdirSync(join(paths.image, 'blobs/sha256'), { recursive: true });
  mkdirSync(join(paths.image, 'blobs/sha512'), { recursive: true });
  writeOnce(join(paths.image, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeOnce(join(paths.image, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
}

/** Another process may be making the same store: what is there already stays. */
function writeOnce(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
