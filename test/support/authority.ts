// A certificate authority for one test, made by openssl(1): keys and certificates as files, which nobody else trusts.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = (...words: string[]) => promisify(execFile)('openssl', words);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

export interface Pair {
  /** Path of a PEM file. */
  readonly certificate: string;
  /** Path of a PEM file. */
  readonly key: string;
}

export interface Authority extends Pair {
  /** @param names What a server's certificate is for: `DNS:r.example`, `IP:127.0.0.1`; without any it is a client's. */
  sign(name: string, names?: readonly string[]): Promise<Pair>;
}

/** @param folder Where the files go; the caller removes it. */
export async function makeAuthority(folder: string, name = 'authority'): Promise<Authority> {
  const pairOf = (of: string): Pair => ({ certificate: join(folder, `${of}.pem`), key: join(folder, `${of}.key`) });
  const own = pairOf(name);
  await openssl('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-keyout', own.key, '-out', own.certificate);
  return {
    ...own,
    async sign(of, names = []) {
      const pair = pairOf(of);
      const request = join(folder, `${of}.csr`);
      const extensions = join(folder, `${of}.ext`);
      const usage = names.length === 0 ? 'clientAuth' : 'serverAuth';
      const alternatives = names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`;
      writeFileSync(extensions, `extendedKeyUsage=${usage}\n${alternatives}`);
      await openssl('req', ...newKey.slice(0, -2), '-subj', `/CN=${of}`, '-keyout', pair.key, '-out', request);
      await openssl(
        ...['x509', '-req', '-in', request, '-CA', own.certificate, '-CAkey', own.key, '-CAcreateserial'],
        ...['-days', '2', '-extfile', extensions, '-out', pair.certificate],
      );
      return pair;
    },
  };
}
