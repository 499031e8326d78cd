import { expect, test } from 'vitest';
import { certificateFolders, readCertificates, sortFiles } from './certificates.ts';

test('authorities are the .crt, and what we show of ourselves the .cert; each with its .key', () => {
  expect(sortFiles(['z.crt', 'b.cert', 'b.key', 'a.crt', 'a.cert', 'a.key', 'notes.txt'], '/c')).toEqual({
    authorities: ['a.crt', 'z.crt'],
    certificates: ['a.cert', 'b.cert'],
  });
  expect(sortFiles([], '/c')).toEqual({ authorities: [], certificates: [] });
});

test('a certificate without its key is refused, and a key without its certificate', () => {
  expect(() => sortFiles(['me.cert', 'you.key'], '/c/r.example')).toThrow(
    '/c/r.example/me.cert has no key: me.key is not beside it',
  );
  expect(() => sortFiles(['me.crt', 'me.key'], '/c/r.example')).toThrow(
    '/c/r.example/me.key has no certificate: me.cert is not beside it',
  );
});

test('TSDOCKER_CERTS_D stands in place of the usual folders', () => {
  expect(certificateFolders({ TSDOCKER_CERTS_D: '/mine' })).toEqual(['/mine']);
  expect(certificateFolders({ TSDOCKER_CERTS_D: '' })).toEqual(certificateFolders({}));
  expect(certificateFolders({})[0]).toBe('/etc/tsdocker/certs.d');
});

test('a host without a folder has none', () => {
  const none = { authorities: [], pairs: [] };
  expect(readCertificates('r.example', ['/nowhere/certs.d', '/dev/null'])).toEqual(none);
  expect(readCertificates('..', ['/etc'])).toEqual(none);
});
