// Registries that send us elsewhere: to other hosts with our credentials, to files, to services of this machine.
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.ts';
import { complaint, type Fault, redirectTo, reply } from '../fakes/registry.ts';
import { expectRefused, imageOf, layerOf, type ManifestFields, makeTarget, pull } from '../support/hostile.ts';
import { rawTar } from '../support/raw-tar.ts';

const layer = layerOf(rawTar({ name: 'a', body: 'x' }));
const served = imageOf([layer]);

const running: (() => void)[] = [];
afterEach(() => {
  for (const stop of running.splice(0)) stop();
});

/** Another host of the attacker's, which remembers what it is told, and wants credentials. */
async function startListener(
  answer: (request: IncomingMessage) => { status: number; headers: Record<string, string>; body: string | Uint8Array },
) {
  const heard: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    heard.push(request);
    const { status, headers, body } = answer(request);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

const wantsPassword = () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="yours"' }, body: '' });

describe('redirects', () => {
  test.each<[string, string, RegExp | string]>([
    ['to a file', 'file:///etc/passwd', 'to the scheme "file:"'],
    ['to data', 'data:application/octet-stream,x', 'to the scheme "data:"'],
    ['to an object of this process', 'blob:nodedata:0', 'to the scheme "blob:"'],
    ['to ftp', 'ftp://127.0.0.1/x', 'to the scheme "ftp:"'],
    ['to a socket', 'http+unix://%2Frun%2Fdocker.sock/x', 'which is neither http nor https'],
    ['to credentials', 'http://someone:secret@127.0.0.1/', 'with credentials in the address'],
    ['to no address', 'http://[', 'to nowhere'],
    ['to nothing', '', /more than 5 times|to nowhere/],
    ['to a port that cannot be', 'http://127.0.0.1:99999/', 'to nowhere'],
    ['around in circles', '?', 'more than 5 times'],
  ])('%s are refused, for manifests and for blobs', async (_name, location, why) => {
    await expectRefused(served, why, { faults: { manifests: redirectTo(location) } });
    await expectRefused(served, why, { faults: { blobs: redirectTo(location) } });
  });

  test('CVE-2020-15157: no credentials go to where a redirect leads, though it asks for them', async () => {
    const other = await startListener(wantsPassword);
    const faults = { blobs: redirectTo(`http://${other.host}/blob`) };
    await expectRefused(served, 'denied access', { faults, tokens: {} });
    expect(other.heard.length).toBeGreaterThan(0);
    expect(other.heard.map(({ headers }) => headers.authorization)).toEqual(other.heard.map(() => undefined));
    expect(other.heard.map(({ headers }) => headers.cookie)).toEqual(other.heard.map(() => undefined));
  });

  test('a blob from elsewhere is checked as one from the registry is', async () => {
    const other = await startListener(() => ({ status: 200, headers: {}, body: Buffer.alloc(layer.blob.byteLength) }));
    const toOther: Fault = (usual, asked, nth) =>
      nth === 1 ? usual : redirectTo(`http://${other.host}/blob`)(usual, asked, nth);
    await expectRefused(served, 'has the wrong digest', { faults: { blobs: toOther } });
    expect(other.heard).toHaveLength(1);
  });
});

describe('token services', () => {
  test('one on another host is asked for a token to pull this repository, without credentials, and nothing else', async () => {
    const other = await startListener(() => ({ status: 200, headers: {}, body: '{"token":"stolen"}' }));
    await expectRefused(served, /denied|refused|401|unauthorized/i, {
      tokens: { realm: `http://${other.host}/token?scope=repository:library/secret:push` },
    });
    expect(other.heard.length).toBeGreaterThan(0);
    for (const { url, headers, method } of other.heard) {
      expect({ method, scopes: new URL(`http://x${url}`).searchParams.getAll('scope') }).toEqual({
        method: 'GET',
        scopes: ['repository:library/thing:pull'],
      });
      expect(headers.authorization).toBeUndefined();
    }
  });

  test.each<[string, string, RegExp | string]>([
    ['a file', 'file:///etc/passwd', 'neither http nor https'],
    ['no address', 'nowhere', 'is not an address'],
    ['credentials', 'http://someone:secret@127.0.0.1/token', 'has credentials in its address'],
    ['a gopher', 'gopher://127.0.0.1/', 'neither http nor https'],
  ])('one whose address is %s is refused', async (_name, realm, why) => {
    await expectRefused(served, why, { tokens: { realm } });
  });

  test.each<[string, string]>([
    ['a token that breaks out of its header', JSON.stringify({ token: 'a\r\nHost: other' })],
    ['no JSON', '<html>'],
    ['a list', '[]'],
    ['2 MiB', JSON.stringify({ token: 'x'.repeat(2 ** 21) })],
  ])('one that answers with %s is refused', async (_name, body) => {
    const token: Fault = () => reply(Buffer.from(body), 'application/json');
    await expectRefused(served, /gave no token|more than the \d+ bytes/, { tokens: {}, faults: { token } });
  });

  test('one that redirects to a file is refused', async () => {
    await expectRefused(served, 'to the scheme "file:"', {
      tokens: {},
      faults: { token: redirectTo('file:///etc/passwd') },
    });
  });
});

describe('foreign layers', () => {
  const foreign = (urls: readonly string[], mediaType: string = mediaTypes.ociForeignLayer) =>
    imageOf([layer], {
      manifest: (fields: ManifestFields) => ({
        ...fields,
        layers: fields.layers.map((each) => ({ ...each, mediaType, urls })),
      }),
    });

  test('CVE-2020-15157: their addresses are never asked, with or without credentials', async () => {
    const other = await startListener(wantsPassword);
    const missing: Fault = (usual, _, nth) => (nth === 1 ? usual : complaint(404, 'BLOB_UNKNOWN'));
    const { blobs, top } = foreign([`http://${other.host}/layer`, 'file:///etc/passwd']);
    await expectRefused({ blobs, top }, /./, { tokens: {}, faults: { blobs: missing } });
    expect(other.heard).toHaveLength(0);
  });

  test('one that the registry has is pulled from it', async () => {
    const other = await startListener(wantsPassword);
    await pull(foreign([`http://${other.host}/layer`]), {}, ({ status, stderr }) =>
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' }),
    );
    expect(other.heard).toHaveLength(0);
  });

  test('urls that are no list of texts are refused', async () => {
    await expectRefused(foreign('http://127.0.0.1' as never), 'the urls of layer 1 is not a list');
    await expectRefused(foreign([7 as never]), 'the urls of layer 1 is not a string');
  });
});

describe('answers', () => {
  test('a challenge of 1 MiB, and one made to be slow to read, end at once', async () => {
    for (const challenge of [
      'Basic realm="x", '.repeat(800),
      `Bearer ${'a="\\'.repeat(3000)}`,
      `${' ,'.repeat(7000)}x`,
    ]) {
      const faults = { manifests: () => complaint(401, 'UNAUTHORIZED', { 'www-authenticate': challenge }) };
      await expectRefused(served, /./, { faults });
    }
  });

  test('words of a registry cannot act on the terminal, or forge lines of ours', async () => {
    const message = '\u001b[2J\u001b]0;title\u0007\r\ntsdocker: all is well\u009b31m\u202e';
    const faults = { manifests: () => complaint(403, 'DENIED\u001b[31m', {}, message) };
    await expectRefused(served, /./, { faults });
  });

  test('a refusal without end is not read to it', async () => {
    const faults = { manifests: () => reply(Buffer.alloc(2 ** 26, 'x'), 'application/json', 403) };
    await expectRefused(served, /./, { faults });
  });

  test('a length that is not that of the bytes', async () => {
    const shorter: Fault = (usual) => ({ ...usual, headers: { ...usual.headers, 'content-length': '7' } });
    await expectRefused(served, /bytes, not|ends after|longer|wrong digest/, { faults: { blobs: shorter } });
  });
});

describe('a registry elsewhere', () => {
  const script =
    'ip link set lo up; ip address add 192.0.2.1/32 dev lo; ip address add 192.0.2.2/32 dev lo; exec "$0" "$@"';
  const elsewhere = async (target: string, what: string, root: string) => {
    const words = [
      '--net',
      'sh',
      '-ec',
      script,
      process.execPath,
      join(import.meta.dirname, '../support/elsewhere.ts'),
    ];
    const { stdout } = await promisify(execFile)('unshare', [...words, target, what], {
      env: { PATH: process.env.PATH, TSDOCKER_ROOT: root },
    });
    return JSON.parse(stdout) as { status: number; stderr: string; heard: number };
  };

  test.each([
    ['http://127.0.0.1:PORT/x', 'manifests'],
    ['http://127.0.0.1:PORT/x', 'blobs'],
    ['http://127.1:PORT/x', 'blobs'],
    ['http://2130706433:PORT/x', 'blobs'],
    ['http://localhost:PORT/x', 'blobs'],
    ['http://0.0.0.0:PORT/x', 'blobs'],
    ['http://[::1]:PORT/x', 'blobs'],
    ['http://[::ffff:127.0.0.1]:PORT/x', 'blobs'],
    ['http://169.254.169.254/latest/meta-data', 'blobs'],
    ['http://127.0.0.1:PORT/token', 'realm'],
  ])('has us not speak to %s, for %s', async (location, what) => {
    using target = makeTarget();
    const { status, stderr, heard } = await elsewhere(location, what, target.root);
    expect(stderr).toMatch(/^tsdocker: the registry \S+ [^\n]* this machine itself[^\n]*\n$/);
    expect({ status, heard }).toEqual({ status: 125, heard: 0 });
    target.expectUntouched();
  });

  test('has us show our password to no token service on another host that anyone can listen to', async () => {
    using target = makeTarget();
    const { status, stderr, heard } = await elsewhere('http://192.0.2.2:PORT/token', 'realm', target.root);
    expect(stderr).toMatch(/^tsdocker: the registry \S+ names a token service that [^\n]* gets no credentials\n$/);
    expect({ status, heard }).toEqual({ status: 125, heard: 0 });
    target.expectUntouched();
  });
});
