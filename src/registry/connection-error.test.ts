import { expect, test } from 'vitest';
import { connectionCode, connectionError, isLostConnection, isUnreachable } from './connection-error.ts';

const coded = (code: string) => Object.assign(new Error('inner'), { code });
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });

test.each([
  ['what fetch wraps', fetchFailed(coded('ECONNREFUSED')), 'ECONNREFUSED'],
  [
    'several addresses',
    fetchFailed(new AggregateError([coded('EHOSTUNREACH'), coded('ECONNREFUSED')])),
    'EHOSTUNREACH',
  ],
  ['a bare error', new Error('x'), undefined],
  ['no error at all', 'x', undefined],
])('the code is found in %s', (_, error, expected) => {
  expect(connectionCode(error)).toBe(expected);
});

test('an error that is its own cause ends the search', () => {
  const error = new Error('x');
  error.cause = error;
  expect(connectionCode(error)).toBeUndefined();
});

test.each([
  ['ECONNREFUSED', 'connection refused', /check the address/, false],
  ['ENOTFOUND', 'the host name is not known', /name servers/, false],
  ['EAI_AGAIN', 'the host name could not be looked up', /name servers/, false],
  ['ECONNRESET', 'the connection was reset', undefined, true],
  ['ERR_PROXY_TUNNEL', 'the proxy did not let us through', /HTTPS_PROXY/, false],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'it wants a certificate that we do not have', /\.key/, false],
  ['STALLED', 'the transfer stood still', undefined, true],
  ['CERT_HAS_EXPIRED', 'its certificate has expired', /check the clock/, false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed', /authority/, false],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host', /authority/, false],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is signed by an unknown authority', /certs\.d/, false],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS as we do', /plainHttp/, false],
  ['EWHATEVER', 'EWHATEVER', undefined, false],
])('%s reads: %s', (code, why, hint, lost) => {
  const error = connectionError('the registry r.example', fetchFailed(coded(code)));
  expect(error.message).toBe(`the registry r.example cannot be reached: ${why}`);
  if (hint === undefined) expect(error.hint).toBeUndefined();
  else expect(error.hint).toMatch(hint);
  expect([isLostConnection(error), isUnreachable(error)]).toEqual([lost, true]);
});

test.each([42, 116])('the TLS alert %i says that a certificate of ours is wanted', (alert) => {
  const cause = Object.assign(new Error(`write EPROTO: alert: SSL alert number ${alert}`), { code: 'EPROTO' });
  const error = connectionError('the registry r.example', cause);
  expect(error.message).toContain('it wants a certificate that we do not have');
  expect(error.hint).toContain('a .cert with its .key');
});

test('where nobody is connected to but a proxy, it is named', () => {
  const refused = connectionError('the registry r.example', coded('ECONNREFUSED'), 'p.example:3128');
  expect(refused.message).toBe(
    'the registry r.example cannot be reached through the proxy p.example:3128: connection refused',
  );
  expect(refused.hint).toContain('HTTPS_PROXY');
  const expired = connectionError('the registry r.example', coded('CERT_HAS_EXPIRED'), 'p.example:3128');
  expect(expired.message).toBe('the registry r.example cannot be reached: its certificate has expired');
});

test('an error without a code is told in general', () => {
  expect(connectionError('the registry r.example', new Error('secret')).message).toBe(
    'the registry r.example cannot be reached: the connection failed',
  );
});
