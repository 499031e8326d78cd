// Certificates for one registry, in a folder named as its host (`docs.docker.com/engine/security/certificates`,
// containers-certs.d(5)): `*.crt` are authorities to trust beside the usual ones, `*.cert` with the `*.key` of the same name is
// what we show of ourselves.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TsdockerError } from '../error.ts';

/** The first that has a folder for the host counts, alone: ours, Docker's, podman's. */
export const certificateFolders = ['/etc/tsdocker/certs.d', '/etc/docker/certs.d', '/etc/containers/certs.d'];

export interface Certificates {
  /** PEM. */
  readonly authorities: readonly string[];
  /** PEM. */
  readonly pairs: readonly { readonly cert: string; readonly key: string }[];
}

/** Throws `usage` for a certificate without its key and the other way round, `permission` for what cannot be read. */
export function readCertificates(host: string, folders: readonly string[]): Certificates {
  // A host is a name of one folder; `..` would be another.
  const places = host.startsWith('.') ? [] : folders.map((folder) => join(folder, host));
  for (const place of places) {
    const files = list(place);
    if (files === undefined) continue;
    const { authorities, certificates } = sortFiles(files, place);
    return {
      authorities: authorities.map((name) => read(join(place, name))),
      pairs: certificates.map((name) => ({
        cert: read(join(place, name)),
        key: read(join(place, keyOf(name))),
      })),
    };
  }
  return { authorities: [], pairs: [] };
}

const keyOf = (certificate: string): string => `${certificate.slice(0, -'.cert'.length)}.key`;

/** @param place For messages. */
export function sortFiles(files: readonly string[], place: string) {
  const names = files.toSorted();
  const certificates = names.filter((name) => name.endsWith('.cert'));
  for (const certificate of certificates) {
    if (names.includes(keyOf(certificate))) continue;
    throw new TsdockerError('usage', `${join(place, certificate)} has no key: ${keyOf(certificate)} is not beside it`, {
      hint: 'certificates of authorities end in .crt',
    });
  }
  for (const key of names.filter((name) => name.endsWith('.key'))) {
    const certificate = `${key.slice(0, -'.key'.length)}.cert`;
    if (names.includes(certificate)) continue;
    throw new TsdockerError('usage', `${join(place, key)} has no certificate: ${certificate} is not beside it`);
  }
  return { authorities: names.filter((name) => name.endsWith('.crt')), certificates };
}

function list(place: string): string[] | undefined {
  try {
    return readdirSync(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(place, error);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): TsdockerError {
  const { code } = cause as NodeJS.ErrnoException;
  return new TsdockerError(code === 'EACCES' ? 'permission' : 'usage', `${path} cannot be read: ${code}`, { cause });
}
