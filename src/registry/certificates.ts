// Certificates for one registry, in a folder named as its host (`docs.docker.com/engine/security/certificates`,
// containers-certs.d(5)): `*.crt` are authorities to trust beside the usual ones, `*.cert` with the `*.key` of the same name is
// what we show of ourselves.
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { TsdockerError } from '../error.ts';
import type { ProxyEnvironment } from './proxy.ts';

/** The first that has a folder for the host counts, alone: the one that TSDOCKER_CERTS_D names, or else ours, Docker's, podman's. */
export const certificateFolders = ({ TSDOCKER_CERTS_D: named }: ProxyEnvironment): readonly string[] =>
  named ? [named] : ['/etc/tsdocker/certs.d', '/etc/docker/certs.d', '/etc/containers/certs.d'];

export interface Certificates {
  /** PEM. */
  readonly authorities: readonly string[];
  /** PEM. */
  readonly pairs: readonly { readonly cert: string; readonly key: string }[];
}

/** Throws `usage` for a certificate without its key, the other way round, and what is neither, `permission` for what cannot be read. */
export function readCertificates(host: string, folders: readonly string[]): Certificates {
  // A host is a name of one folder; `..` would be another.
  const places = host.startsWith('.') ? [] : folders.map((folder) => join(folder, host));
  for (const place of places) {
    const files = list(place);
    if (files === undefined) continue;
    const { authorities, certificates } = sortFiles(files, place);
    return {
      authorities: authorities.map((name) => readAuthority(join(place, name))),
      pairs: certificates.map((name) => readPair(join(place, name), join(place, keyOf(name)))),
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

/** node:tls passes over what is no certificate: then the registry would be what is not trusted. */
function readAuthority(path: string): string {
  const text = read(path);
  try {
    new X509Certificate(text);
  } catch (cause) {
    throw new TsdockerError('usage', `${path} is not a certificate`, { cause, hint: 'it is to be in PEM' });
  }
  return text;
}

function readPair(certificate: string, itsKey: string): Certificates['pairs'][number] {
  const pair = { cert: read(certificate), key: read(itsKey) };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new TsdockerError('usage', `${certificate} and ${itsKey} are not a certificate and its key`, {
      cause,
      hint: 'both are to be in PEM, the key without a passphrase',
    });
  }
  return pair;
}

function unreadable(path: string, cause: unknown): TsdockerError {
  const { code } = cause as NodeJS.ErrnoException;
  return new TsdockerError(code === 'EACCES' ? 'permission' : 'usage', `${path} cannot be read: ${code}`, { cause });
}
