// Installing the boot unit and taking it away (`tsdocker system install`): a file in /etc/systemd/system, the folder for the
// administrator's own units (systemd.unit(5)), and systemctl(1) to enable it. Both may be repeated.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TsdockerError } from '../error.ts';
import { bootUnitName, bootUnitText, isBootUnit } from './boot-unit.ts';
import { programPath } from './resume.ts';

/** Where the unit stands. */
export const bootUnitPath: string = join('/etc/systemd/system', bootUnitName);

/**
 * Writes the unit for the store `root` (absolute), in place of an older one of ours, enables it, and
 * starts it: only of a unit that was started does systemd care when the machine goes down. What is promised after a boot is started now.
 * Returns whether the file is a new one or says something new. Throws `unsupported` without systemd, `permission`, `conflict` for a
 * file that is not ours, `kernel` where systemctl fails.
 */
export async function installBootUnit(root: string, signal?: AbortSignal): Promise<boolean> {
  const text = bootUnitText(programPath, root);
  requireSystemd();
  const before = readOwnUnit();
  if (before !== text) {
    asRoot(`write ${bootUnitPath}`, () => {
      // Never half a unit, whatever ends us.
      const whole = `${bootUnitPath}.${process.pid}.new`;
      writeFileSync(whole, text, { mode: 0o644 });
      renameSync(whole, bootUnitPath);
    });
  }
  await systemctl(['daemon-reload'], signal);
  await systemctl(['enable', bootUnitName], signal);
  await systemctl(['start', bootUnitName], signal);
  return before !== text;
}

/** Disables the unit and removes its file; containers run on. Returns whether there was one. Throws as `installBootUnit`. */
export async function uninstallBootUnit(signal?: AbortSignal): Promise<boolean> {
  if (readOwnUnit() === undefined) return false;
  requireSystemd();
  await systemctl(['disable', bootUnitName], signal);
  asRoot(`remove ${bootUnitPath}`, () => rmSync(bootUnitPath, { force: true }));
  await systemctl(['daemon-reload'], signal);
  return true;
}

/** sd_booted(3). */
function requireSystemd(): void {
  if (existsSync('/run/systemd/system')) return;
  throw new TsdockerError('unsupported', 'this machine was not booted with systemd', {
    hint: 'have what boots it run tsdocker system start once, after file systems and network; --print shows the unit',
  });
}

/** The text of our unit's file, undefined where there is none. Throws `conflict` for somebody else's. */
function readOwnUnit(): string | undefined {
  let text: string;
  try {
    text = readFileSync(bootUnitPath, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (isBootUnit(text)) return text;
  throw new TsdockerError('conflict', `${bootUnitPath} is not a unit of tsdocker's`, {
    hint: `move it away first, or, where it is masked, say: systemctl unmask ${bootUnitName}`,
  });
}

function asRoot(what: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new TsdockerError('permission', `cannot ${what}: permission denied`, {
        cause,
        hint: 'put sudo in front of the command',
      });
    }
    throw new TsdockerError('kernel', `cannot ${what}: ${message}`, { cause });
  }
}

async function systemctl(words: readonly string[], signal?: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)('systemctl', words, signal === undefined ? {} : { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const { stderr, message } = cause as Error & { stderr?: string };
    const said = stderr?.trim().split('\n')[0] || message;
    throw new TsdockerError('kernel', `systemctl ${words.join(' ')} failed: ${said}`, { cause });
  }
}
