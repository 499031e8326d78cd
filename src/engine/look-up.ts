// What is looked up in a container's own root between the two phases of its launch: the user's files and the command. The
// root is reached through its first process, and every path is resolved inside it (openat2(2), RESOLVE_IN_ROOT): a link
// of a hostile image leads to another file of the same image at worst.
import { readFileSync, statSync } from 'node:fs';
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { failedWith, kernel } from '../kernel/index.ts';
import type { UserFiles } from '../spec/users.ts';

/** The root of a process. Belongs to whoever opened it, and is closed by `[Symbol.dispose]`. */
export interface ContainerRoot extends Disposable {
  readonly descriptor: number;
}

/** Opens the root of the process `pid`. */
export function openRoot(pid: number): ContainerRoot {
  const descriptor = kernel.openat(k.AT_FDCWD, `/proc/${pid}/root`, k.O_PATH | k.O_DIRECTORY);
  return { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
}

/**
 * Opens the root of a container that runs. Throws `conflict` where the process is not the container's any more: its number may be
 * another process's by now.
 */
export function openRunningRoot(
  { id, name }: { readonly id: string; readonly name: string },
  pid: number,
): ContainerRoot {
  const gone = new TsdockerError('conflict', `the container ${name} has just ended`);
  let root: ContainerRoot;
  try {
    root = openRoot(pid);
  } catch (error) {
    throw failedWith(error, 'ENOENT', 'ESRCH') ? gone : error;
  }
  if (isInCgroupOf(id, pid)) return root;
  root[Symbol.dispose]();
  throw gone;
}

function isInCgroupOf(id: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${id}/`);
  } catch {
    return false;
  }
}

/** A passwd file of a hostile image may be endless. */
const largestFile = 16 * 2 ** 20;

/** Opens a regular file of the root for reading; undefined for an empty one, and for anything else. The caller closes it. */
function openFile(root: ContainerRoot, path: string): number | undefined {
  let place: number;
  try {
    place = kernel.openat2(root.descriptor, path, k.O_PATH, k.RESOLVE_IN_ROOT | k.RESOLVE_NO_MAGICLINKS);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES')) return undefined;
    throw error;
  }
  try {
    // Looked at before it is opened: a device or fifo that an image put here would act on it. What proc(5) makes up as it is read has no
    // size, and some of it never ends or waits for news (a link to /proc/kmsg).
    const opened = `/proc/self/fd/${place}`;
    const facts = statSync(opened);
    return facts.isFile() && facts.size > 0 ? kernel.openat(k.AT_FDCWD, opened, k.O_RDONLY) : undefined;
  } finally {
    kernel.close(place);
  }
}

function readText(root: ContainerRoot, path: string): string | undefined {
  const descriptor = openFile(root, path);
  if (descriptor === undefined) return undefined;
  try {
    const chunks: Uint8Array[] = [];
    for (let size = 0; size < largestFile; ) {
      const chunk = new Uint8Array(65536);
      const got = kernel.read(descriptor, chunk);
      if (got === 0) return Buffer.concat(chunks).toString('utf8');
      chunks.push(chunk.subarray(0, got));
      size += got;
    }
    throw new TsdockerError('corrupt', `the image's ${path} is larger than ${largestFile} bytes`);
  } finally {
    kernel.close(descriptor);
  }
}

export function readUserFiles(root: ContainerRoot): UserFiles {
  return { passwd: readText(root, '/etc/passwd'), group: readText(root, '/etc/group') };
}

/** What a path of a command turns out to be. */
type Found = 'executable' | 'not executable' | 'directory' | 'missing';

function examine(root: ContainerRoot, path: string): Found {
  let descriptor: number;
  try {
    descriptor = kernel.openat2(root.descriptor, path, k.O_PATH, k.RESOLVE_IN_ROOT);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO')) return 'missing';
    if (failedWith(error, 'EACCES')) return 'not executable';
    throw error;
  }
  try {
    const mode = kernel.fileMode(descriptor);
    if ((mode & k.S_IFMT) === k.S_IFDIR) return 'directory';
    return (mode & k.S_IFMT) === k.S_IFREG && (mode & 0o111) !== 0 ? 'executable' : 'not executable';
  } finally {
    kernel.close(descriptor);
  }
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The file that `command` means, as execvp(3) finds it: a name with a slash is a path, from `cwd` where it is relative;
 * another is searched for in PATH. Throws `commandNotFound` and `commandNotExecutable`.
 */
export function findCommand(root: ContainerRoot, command: string, env: readonly string[], cwd: string): string {
  const search = env.find((entry) => entry.startsWith('PATH='))?.slice(5) ?? defaultPath;
  const candidates = command.includes('/')
    ? [command]
    : search.split(':').map((folder) => `${folder === '' ? '.' : folder}/${command}`);
  let unusable: Found = 'missing';
  for (const candidate of candidates) {
    const path = candidate.startsWith('/') ? candidate : `${cwd}/${candidate}`;
    const found = command === '' ? 'missing' : examine(root, path);
    if (found === 'executable') return candidate;
    if (found !== 'missing' && unusable === 'missing') unusable = found;
  }
  if (unusable === 'missing') {
    const where = command.includes('/') ? 'is not in the image' : 'is not in the image’s PATH';
    throw new TsdockerError('commandNotFound', `the command ${JSON.stringify(command)} ${where}`, {
      hint: command.includes(' ') ? 'give the command and its arguments as separate words' : `PATH is ${search}`,
    });
  }
  const why = unusable === 'directory' ? 'is a directory' : 'has no execute permission';
  throw new TsdockerError(
    'commandNotExecutable',
    `the command ${JSON.stringify(command)} cannot be executed: it ${why}`,
  );
}
