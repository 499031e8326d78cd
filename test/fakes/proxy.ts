// A little HTTP proxy on the loopback (RFC 9110, 9.3.6 CONNECT; RFC 9112, 3.2.2 absolute-form): it forwards and tunnels to where
// the test says, whatever host is asked for, and remembers what it was asked.
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxyAsked {
  /** GET, CONNECT, … */
  readonly method: string;
  /** `http://r.example/v2/`, or `r.example:443` of a tunnel. */
  readonly target: string;
  readonly authorization: string | undefined;
}

export interface TestProxy {
  /** `http://127.0.0.1:40123`. */
  readonly address: string;
  readonly asked: readonly ProxyAsked[];
  stop(): Promise<void>;
}

/** @param target `host:port` that everything goes to; undefined refuses everything with 403. */
export async function startProxy(target: string | undefined): Promise<TestProxy> {
  const asked: ProxyAsked[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method = '', url = '', headers }: IncomingMessage): void => {
    asked.push({ method, target: url, authorization: headers['proxy-authorization'] });
  };
  const [hostname = '', port = ''] = target?.split(':') ?? [];
  const server = createServer((request, response) => {
    note(request);
    if (target === undefined || !URL.canParse(request.url ?? '')) return void response.writeHead(403).end();
    const { pathname, search } = new URL(request.url!);
    const { method, headers } = request;
    const onward = httpRequest({ host: hostname, port, path: `${pathname}${search}`, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (request, socket: Socket) => {
    note(request);
    if (target === undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
