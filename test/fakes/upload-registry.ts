// The push side of a registry that misbehaves on demand, in memory, on the loopback (distribution-spec, "Push"): it keeps what
// it is sent, and remembers who asked it for what.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256 } from '../support/image-fixture.ts';

export interface AskedOf {
  /** `registry`, or `elsewhere`: the second host, where uploads may be sent. */
  readonly where: 'registry' | 'elsewhere';
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes that came with it. */
  readonly received: number;
}

export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface UploadFaults {
  /** @param nth Which part of any upload it is, from 1. `keep` bytes of it are kept, and the connection is cut. */
  readonly part?: (nth: number) => Refusal | { readonly keep: number } | undefined;
  /** @param nth Which POST it is, from 1. */
  readonly begin?: (nth: number) => Refusal | undefined;
  /** What the status of an upload is asked for gives; the truth unless said. */
  readonly status?: Refusal;
  readonly manifest?: Refusal;
  /** Whether it mounts; a registry that does not takes it for an ordinary upload, or knows no such thing. */
  readonly mount?: 'accepted' | 'ignored' | 'refused';
  /** OCI-Chunk-Min-Length. */
  readonly leastChunk?: number;
  /** The Location that it sends; relative to the registry unless said. @param elsewhere The other host. */
  readonly location?: (path: string, elsewhere: string) => string;
  /** What it says that the manifest's digest is. */
  readonly digest?: string;
  /** Basic authentication. */
  readonly basic?: { readonly username: string; readonly password: string };
}

export interface UploadRegistry {
  readonly host: string;
  readonly requests: readonly AskedOf[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  /** By tag. */
  readonly manifests: ReadonlyMap<string, Uint8Array>;
  stop(): Promise<void>;
}

export async function startUploadRegistry(faults: UploadFaults = {}): Promise<UploadRegistry> {
  const requests: AskedOf[] = [];
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, Uint8Array>();
  const uploads = new Map<string, Uint8Array>();
  const counts = { part: 0, begin: 0 };
  let elsewhere = '';

  const authorized = ({ headers }: IncomingMessage): boolean => {
    if (faults.basic === undefined) return true;
    const { username, password } = faults.basic;
    return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  };

  function answer(where: AskedOf['where'], request: IncomingMessage, response: ServerResponse, body: Uint8Array) {
    const { method = '', url: path = '' } = request;
    const reply = (status: number, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, headers).end();
    const refuse = ({ status, headers }: Refusal) => reply(status, headers);
    if (where === 'registry' && !authorized(request)) return reply(401, { 'www-authenticate': 'Basic realm="fake"' });
    const { pathname, searchParams } = new URL(path, 'http://fake');
    const location = (id: string) => {
      const usual = `/v2/thing/blobs/uploads/${id}?state=a%2Fb`;
      return { location: faults.location?.(usual, elsewhere) ?? usual };
    };
    const range = (bytes: Uint8Array) => ({ range: `0-${Math.max(0, bytes.byteLength - 1)}` });

    const [, blob] = /^\/v2\/thing\/blobs\/(sha256:.*)$/.exec(pathname) ?? [];
    if (blob !== undefined) return reply(blobs.has(blob) ? 200 : 404);

    const [, tag] = /^\/v2\/thing\/manifests\/(.*)$/.exec(pathname) ?? [];
    if (tag !== undefined) {
      if (faults.manifest !== undefined) return refuse(faults.manifest);
      manifests.set(tag, body);
      return reply(201, { location: path, 'docker-content-digest': faults.digest ?? sha256(body) });
    }

    if (method === 'POST') {
      const refusal = faults.begin?.(++counts.begin);
      if (refusal !== undefined) return refuse(refusal);
      const mount = searchParams.get('mount');
      if (mount !== null && faults.mount === 'refused') return reply(405);
      if (mount !== null && faults.mount === 'accepted') {
        blobs.set(mount, new Uint8Array());
        return reply(201, { location: `/v2/thing/blobs/${mount}` });
      }
      const id = `${counts.begin}`;
      uploads.set(id, new Uint8Array());
      const least = faults.leastChunk === undefined ? {} : { 'oci-chunk-min-length': `${faults.leastChunk}` };
      return reply(202, { ...location(id), ...least });
    }

    const id = pathname.split('/').at(-1)!;
    const held = uploads.get(id);
    if (held === undefined || searchParams.get('state') !== 'a/b') return reply(404);
    if (method === 'GET') {
      return faults.status ? refuse(faults.status) : reply(204, { ...location(id), ...range(held) });
    }
    const fault = faults.part?.(++counts.part);
    if (fault !== undefined && 'status' in fault) return refuse(fault);
    const [, first] = /^(\d+)-\d+$/.exec(request.headers['content-range'] ?? '') ?? [];
    if (first !== undefined && Number(first) !== held.byteLength) return reply(416);
    const whole = Buffer.concat([held, fault === undefined ? body : body.subarray(0, fault.keep)]);
    uploads.set(id, whole);
    if (fault !== undefined) return request.socket.destroy();
    if (method === 'PATCH') return reply(202, { ...location(id), ...range(whole) });
    const digest = searchParams.get('digest') ?? '';
    if (sha256(whole) !== digest) return reply(400);
    uploads.delete(id);
    blobs.set(digest, whole);
    return reply(201, { location: `/v2/thing/blobs/${digest}` });
  }

  const listen = async (where: AskedOf['where']) => {
    const server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      try {
        for await (const piece of request) pieces.push(piece);
      } catch {
        return; // the client went away
      }
      const body = Buffer.concat(pieces);
      const { method = '', url: path = '', headers } = request;
      requests.push({ where, method, path, headers, received: body.byteLength });
      answer(where, request, response, body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const servers = [await listen('registry'), await listen('elsewhere')];
  const [host = '', other = ''] = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  elsewhere = `http://${other}`;
  return {
    host,
    requests,
    blobs,
    manifests,
    async stop() {
      for (const server of servers) {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }
    },
  };
}
