// A guard before a registry that asks nobody: Basic authentication, or Docker's token flow with identity tokens. What it lets
// pass is answered by the registry behind it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GuardOptions {
  /** The registry behind: `127.0.0.1:40123`. */
  readonly behind: string;
  readonly wants: 'basic' | 'token';
  readonly username: string;
  readonly password: string;
  /** Given to who asks for one along with a token; taken in place of the password. */
  readonly identityToken?: string;
  /** Nobody in particular gets tokens too, as at Docker Hub. */
  readonly anonymous?: boolean;
  /** Where the token service sends everybody on to. */
  readonly tokensElsewhere?: string;
}

export interface GuardedRegistry {
  readonly host: string;
  /** `GET /v2/ Basic`: method, path and the scheme of the Authorization header, in their order. */
  readonly requests: readonly string[];
  /** What was sent to the token service by POST. */
  readonly forms: readonly URLSearchParams[];
  stop(): Promise<void>;
}

export async function startGuardedRegistry(options: GuardOptions): Promise<GuardedRegistry> {
  const requests: string[] = [];
  const forms: URLSearchParams[] = [];
  const basic = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  const bearer = 'Bearer let-me-in';
  let host = '';

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (fields: object) => void response.end(JSON.stringify({ ...fields, expires_in: 300 }));
    const { searchParams } = new URL(request.url ?? '', `http://${host}`);
    const { identityToken } = options;
    if (request.method === 'POST') {
      const form = new URLSearchParams(Buffer.concat(await Array.fromAsync(request)).toString());
      forms.push(form);
      const known = identityToken !== undefined && form.get('refresh_token') === identityToken;
      if (known) return answer({ access_token: 'let-me-in' });
    } else if (request.headers.authorization === basic) {
      const offline = searchParams.get('offline_token') === 'true' && identityToken !== undefined;
      return answer({ token: 'let-me-in', ...(offline && { refresh_token: identityToken }) });
    } else if (options.anonymous === true && request.headers.authorization === undefined) {
      return answer({ token: 'nobody' });
    }
    response.writeHead(401).end();
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await fetch(`http://${options.behind}${request.url}`, {
      headers: { accept: request.headers.accept ?? '*/*' },
    });
    const { 'content-encoding': _, connection: __, ...headers } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  }

  const server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    const scheme = headers.authorization?.split(' ')[0] ?? 'nobody';
    requests.push(`${method} ${url.split('?')[0]} ${scheme}`);
    const realm = `http://${host}/token`;
    const challenge = options.wants === 'basic' ? 'Basic realm="guard"' : `Bearer realm="${realm}",service="guard"`;
    const { tokensElsewhere: location } = options;
    if (url.startsWith('/token') && location !== undefined) response.writeHead(307, { location }).end();
    else if (url.startsWith('/token')) void token(request, response);
    else if (headers.authorization === (options.wants === 'basic' ? basic : bearer)) void pass(request, response);
    else response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    requests,
    forms,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
