// Changing Docker's config.json: under a lock, so that two logins at once lose nothing, and by rename(2), so that who reads it
// meanwhile, or after a crash, finds the old file or the new one.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { TsdockerError } from '../error.ts';
import { LOCK_EX } from '../kernel/constants.ts';
import { kernel } from '../kernel/index.ts';
import { readDockerConfig } from '../registry/credentials.ts';
import { type DockerConfig, parseDockerConfig } from '../registry/docker-config.ts';

/**
 * Replaces the file's fields with what `change` makes of them; undefined leaves it as it is. Made with its folder where it is
 * missing, for its owner only. Throws `usage` for a file that cannot be read, and `permission`.
 */
export function changeDockerConfig(path: string, change: (config: DockerConfig) => DockerConfig['fields'] | undefined) {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // The file may be a link to where somebody keeps all such files: that stays, and what it leads to is replaced.
    const file = realFile(path);
    const folder = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      // The folder is locked, as the file itself is another one after each change. Goes with the descriptor.
      kernel.flock(folder, LOCK_EX);
      const changed = change(readDockerConfig(file) ?? parseDockerConfig('{}', file));
      if (changed !== undefined) replace(file, JSON.stringify(changed, null, '\t'));
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    if (cause instanceof TsdockerError) throw cause;
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    throw new TsdockerError('permission', `${path} cannot be written: ${code}`, {
      cause,
      hint: 'DOCKER_CONFIG names the folder of config.json',
    });
  }
}

function realFile(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return path;
  }
}

function replace(file: string, text: string): void {
  const draft = join(dirname(file), `.config.json.${randomBytes(8).toString('hex')}`);
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    const before = statSync(file, { throwIfNoEntry: false });
    // Whoever calls through sudo with their own HOME is still to read it afterwards.
    if (before !== undefined && process.getuid?.() === 0) fchownSync(descriptor, before.uid, before.gid);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
    renameSync(draft, file);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
