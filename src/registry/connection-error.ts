// Why no answer came: what node:http throws, in words for the person who waits.
import { TsdockerError } from '../error.ts';

/** The transfer stood still for longer than the client waits. */
export const stalled = 'STALLED';

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  HPE_INVALID_CONSTANT: 'the answer is not HTTP',
  ERR_PROXY_TUNNEL: 'the proxy did not let us through',
  ERR_PROXY_INVALID_CONFIG: 'the proxy cannot be used',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ENETUNREACH: 'the network is unreachable',
  EHOSTUNREACH: 'no route to the host',
  ETIMEDOUT: 'connecting took too long',
  [stalled]: 'the transfer stood still',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** The connection had been made and was lost: the next may hold. */
const transient = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', stalled];

/** The code of the innermost error that has one; several addresses come in an AggregateError. */
export function connectionCode(error: unknown): string | undefined {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; depth++) {
    const { code, cause } = inner as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') return code;
    inner = cause ?? (inner instanceof AggregateError ? inner.errors[0] : undefined);
  }
  return undefined;
}

/** The TLS alert (RFC 8446, 6) that ended a handshake; node:tls has it in the text only, where the code is EPROTO. */
function alertOf(error: unknown): number | undefined {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; depth++) {
    const [, number] = /SSL alert number (\d{1,3})\b/.exec(inner.message) ?? [];
    if (number !== undefined) return Number(number);
    inner = inner.cause;
  }
  return undefined;
}

/** bad_certificate, which is what none is to older servers, and certificate_required. */
const wantsCertificate = [42, 116];

const proxyHint = 'check HTTP_PROXY, HTTPS_PROXY and NO_PROXY';
/** No connection was made at all. */
const nobodyThere = /REFUSED|ENOTFOUND|EAI_AGAIN|UNREACH|TIMEDOUT/;

function hintFor(code: string): string | undefined {
  if (/PROXY/.test(code)) return proxyHint;
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code))
    return 'it may want a certificate of ours: a .cert with its .key in /etc/tsdocker/certs.d/<host>';
  if (/SSL|EPROTO|HPE_/.test(code))
    return 'does it speak plain http? then say so with --plain-http, or with plainHttp in the registry configuration';
  if (/CERT|TLS|SIGNATURE/.test(code))
    return 'check the clock, and that the authority that signed it is trusted here: a .crt in /etc/tsdocker/certs.d/<host>, or NODE_EXTRA_CA_CERTS';
  if (/ENOTFOUND|EAI_AGAIN|UNREACH/.test(code)) return 'check the name, the network and the name servers';
  if (/REFUSED|TIMEOUT|TIMEDOUT/.test(code)) return 'check the address and the port, and that the registry runs';
  return undefined;
}

/**
 * @param title Who did not answer: `the registry docker.io`. `details.connection` is the code.
 * @param proxy Host and port of the proxy in between: nobody else is connected to.
 */
export function connectionError(title: string, error: unknown, proxy?: string): TsdockerError {
  const wantsOurs = wantsCertificate.includes(alertOf(error) ?? -1);
  const code = wantsOurs ? 'CERTIFICATE_REQUIRED' : (connectionCode(error) ?? 'UNKNOWN');
  const wanted = /CERTIFICATE_REQUIRED|BAD_CERTIFICATE/.test(code)
    ? 'it wants a certificate that we do not have'
    : undefined;
  const tls = /SSL|EPROTO/.test(code) ? 'it does not speak TLS as we do' : undefined;
  const why = words[code] ?? wanted ?? tls ?? (code === 'UNKNOWN' ? 'the connection failed' : code);
  const reached = proxy === undefined || !nobodyThere.test(code);
  const hint = reached ? hintFor(code) : proxyHint;
  return new TsdockerError(
    'registry',
    `${title} cannot be reached${reached ? '' : ` through the proxy ${proxy}`}: ${why}`,
    {
      cause: error,
      ...(hint !== undefined && { hint }),
      details: { connection: code },
    },
  );
}

/** Whether an error says that a connection was lost, which a further try may mend. */
export const isLostConnection = (error: unknown): boolean =>
  error instanceof TsdockerError && transient.includes(String(error.details.connection));

/** Whether an error says that nobody is there: no use in asking the same one again. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof TsdockerError && error.details.connection !== undefined;
