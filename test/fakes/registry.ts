// A registry that misbehaves on demand: one image in memory, served on the loopback, with a fault between what it would answer
// and what it sends. It records what it was asked, headers included.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { mediaTypes } from '../../src/image/media-types.ts';
import { sha256 } from '../support/image-fixture.ts';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How many bytes of the body are sent before the connection is cut. */
  readonly cutAfter?: number;
  /** How many bytes of the body are sent before nothing more is. */
  readonly stallAfter?: number;
}

/** Turns what would be answered into what is. @param nth How often this kind of thing was asked for, from 1. */
export type Fault = (reply: Reply, asked: Asked, nth: number) => Reply;

/** What the fake has in place of its one image: everything byte by byte, so that it may lie. */
export interface Served {
  /** What the tag names. */
  readonly top: ServedDocument;
  /** Manifests and indexes by their digests; `top` is found without standing here. */
  readonly documents?: ReadonlyMap<string, ServedDocument>;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export interface ServedDocument {
  readonly bytes: Uint8Array;
  /** The Content-Type that it is sent with. */
  readonly mediaType: string;
}

export interface FakeOptions {
  readonly served?: Served;
  /** Where it listens; the loopback unless said. */
  readonly address?: string;
  readonly faults?: Partial<Record<'manifests' | 'blobs' | 'token' | 'tags', Fault>>;
  /** Docker Hub's flow: every request needs a token of ours; with credentials, tokens are for those who have them. */
  readonly tokens?: { readonly username?: string; readonly password?: string; readonly realm?: string };
  /** Basic authentication. */
  readonly basic?: { readonly username: string; readonly password: string };
}

export interface FakeRegistry {
  readonly host: string;
  /** The image that it has. */
  readonly name: string;
  readonly manifest: Uint8Array;
  readonly layer: Uint8Array;
  readonly requests: readonly Asked[];
  stop(): Promise<void>;
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const basicHeader = ({ username = '', password = '' }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Bytes that look like nothing and are the same each time. */
export const layerBytes: Uint8Array = Uint8Array.from(
  { length: 300_000 },
  (_, index) => (index * 7919) >>> (index % 13),
);
const config = json({ os: 'linux', architecture: 'amd64', config: {}, rootfs: { type: 'layers', diff_ids: [] } });
/** The manifest of the one image. */
export const fakeManifest: Uint8Array = json({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: sha256(config), size: config.byteLength },
  layers: [{ mediaType: mediaTypes.ociLayer, digest: sha256(layerBytes), size: layerBytes.byteLength }],
});
const theOneImage: Served = {
  top: { bytes: fakeManifest, mediaType: mediaTypes.ociManifest },
  blobs: new Map([config, layerBytes].map((bytes) => [sha256(bytes), bytes])),
};

export async function startFakeRegistry(options: FakeOptions = {}): Promise<FakeRegistry> {
  const requests: Asked[] = [];
  const issued = new Set<string>();
  let host = '';

  function answer(asked: Asked): Reply {
    const [, kind, name = ''] = /^\/v2\/library\/thing\/(manifests|blobs|tags)\/([^?]*)/.exec(asked.path) ?? [];
    const { authorization = '' } = asked.headers;
    if (asked.path.startsWith('/token')) {
      const { username, password } = options.tokens ?? {};
      if (username !== undefined && authorization !== basicHeader({ username, password: password ?? '' }))
        return complaint(401, 'UNAUTHORIZED');
      const token = `token-${issued.size + 1}`;
      issued.add(`Bearer ${token}`);
      return reply(json({ token, expires_in: 300 }), 'application/json');
    }
    if (options.tokens !== undefined && !issued.has(authorization)) {
      const realm = options.tokens.realm ?? `http://${host}/token`;
      const challenge = `Bearer realm="${realm}",service="fake registry",scope="repository:library/thing:pull,push"`;
      return complaint(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
    }
    if (options.basic !== undefined && authorization !== basicHeader(options.basic)) {
      return complaint(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="fake"' });
    }
    if (kind === 'tags') return reply(json({ name: 'library/thing', tags: ['latest'] }), 'application/json');
    const { top, documents, blobs } = options.served ?? theOneImage;
    const isTop = name === 'latest' || name === sha256(top.bytes);
    const document = kind === 'manifests' ? (isTop ? top : documents?.get(name)) : undefined;
    if (document !== undefined) {
      const answered = reply(document.bytes, document.mediaType);
      return { ...answered, headers: { ...answered.headers, 'docker-content-digest': sha256(document.bytes) } };
    }
    const blob = kind === 'blobs' ? blobs.get(name) : undefined;
    if (blob === undefined)
      return complaint(
        404,
        kind === 'blobs' ? 'BLOB_UNKNOWN' : kind === undefined ? 'NAME_UNKNOWN' : 'MANIFEST_UNKNOWN',
      );
    return ranged(blob, asked.headers.range);
  }

  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const asked = { path: request.url ?? '', headers: request.headers };
    requests.push(asked);
    const [kind] = /(?<=^\/)token|manifests|blobs|tags/.exec(asked.path) ?? [];
    // What is refused for want of a token is not counted: faults come after authentication.
    const usual = answer(asked);
    const fault = usual.status === 401 && kind !== 'token' ? undefined : options.faults?.[kind as 'blobs'];
    if (fault === undefined) return void send(response, usual);
    const nth = (counts.get(kind!) ?? 0) + 1;
    counts.set(kind!, nth);
    void send(response, fault(usual, asked, nth));
  });
  const { address = '127.0.0.1' } = options;
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  host = `${address}:${(server.address() as AddressInfo).port}`;
  return {
    host,
    name: `${host}/library/thing`,
    manifest: fakeManifest,
    layer: layerBytes,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const reply = (body: Uint8Array, contentType = 'application/octet-stream', status = 200): Reply => ({
  status,
  headers: { 'content-type': contentType, 'content-length': String(body.byteLength) },
  body,
});

/** A refusal in the specification's form. */
export function complaint(status: number, code: string, headers: Record<string, string> = {}, message = ''): Reply {
  const refused = reply(json({ errors: [{ code, message }] }), 'application/json', status);
  return { ...refused, headers: { ...refused.headers, ...headers } };
}

function ranged(blob: Uint8Array, range: string | undefined): Reply {
  const [, start] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  if (start === undefined) return reply(blob);
  const part = reply(blob.subarray(Number(start)), undefined, 206);
  const contentRange = `bytes ${start}-${blob.byteLength - 1}/${blob.byteLength}`;
  return { ...part, headers: { ...part.headers, 'content-range': contentRange } };
}

async function send(response: ServerResponse, { status, headers, body, cutAfter, stallAfter }: Reply): Promise<void> {
  response.writeHead(status, headers);
  const end = cutAfter ?? stallAfter;
  if (end === undefined) return void response.end(body);
  response.flushHeaders();
  if (end > 0) await new Promise<void>((resolve) => response.write(body.subarray(0, end), () => resolve()));
  if (stallAfter !== undefined) return;
  // The bytes are to arrive before the cut does.
  await setTimeout(20);
  response.socket?.resetAndDestroy();
}

/** A fault for the first few times only. */
export const atFirst =
  (times: number, fault: Fault): Fault =>
  (usual, asked, nth) =>
    nth <= times ? fault(usual, asked, nth) : usual;

export const otherBody =
  (change: (body: Uint8Array) => Uint8Array): Fault =>
  (usual) => {
    const body = change(usual.body);
    const { 'docker-content-digest': _, ...headers } = usual.headers;
    return { ...usual, body, headers: { ...headers, 'content-length': String(body.byteLength) } };
  };

/** Without a length, so that only reading tells how much there is. */
export const unannounced =
  (fault: Fault): Fault =>
  (usual, asked, nth) => {
    const faulty = fault(usual, asked, nth);
    const { 'content-length': _, ...headers } = faulty.headers;
    return { ...faulty, headers };
  };

export const redirectTo =
  (location: string | ((asked: Asked) => string), status = 307): Fault =>
  (_, asked) => ({
    status,
    headers: { location: typeof location === 'string' ? location : location(asked), 'content-length': '0' },
    body: new Uint8Array(),
  });
