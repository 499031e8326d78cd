import { describe, expect, test } from 'vitest';
import { parseAllPublished, parseExpose, parsePublish } from './ports.ts';

const tcp = (hostPort: number, port: number, more = {}) => ({ protocol: 'tcp', hostPort, port, ...more });

describe('--publish', () => {
  test.each<[string, object[]]>([
    ['80', [tcp(0, 80)]],
    [':80', [tcp(0, 80)]],
    ['0:80', [tcp(0, 80)]],
    ['8080:80', [tcp(8080, 80)]],
    ['8080:80/tcp', [tcp(8080, 80)]],
    ['8080:80/UDP', [tcp(8080, 80, { protocol: 'udp' })]],
    ['53/udp', [tcp(0, 53, { protocol: 'udp' })]],
    ['127.0.0.1:8080:80', [tcp(8080, 80, { hostAddress: '127.0.0.1' })]],
    ['127.0.0.1::80', [tcp(0, 80, { hostAddress: '127.0.0.1' })]],
    ['0.0.0.0:8080:80', [tcp(8080, 80, { hostAddress: '0.0.0.0' })]],
    ['[::1]:8080:80', [tcp(8080, 80, { hostAddress: '::1' })]],
    ['[2001:DB8:0::1]::80', [tcp(0, 80, { hostAddress: '2001:db8::1' })]],
    [':8080:80', [tcp(8080, 80)]],
    ['::1:8080:80', [tcp(8080, 80, { hostAddress: '::1' })]],
    [':::8080:80', [tcp(8080, 80, { hostAddress: '::' })]],
    ['8000-8002:80-82', [tcp(8000, 80), tcp(8001, 81), tcp(8002, 82)]],
    ['80-81', [tcp(0, 80), tcp(0, 81)]],
    ['8000-8002:80', [tcp(8000, 80, { lastHostPort: 8002 })]],
    ['65535:65535', [tcp(65_535, 65_535)]],
    ['target=80,published=8080', [tcp(8080, 80)]],
    ['published=8080,target=53,protocol=udp,mode=host', [tcp(8080, 53, { protocol: 'udp' })]],
    ['target=80', [tcp(0, 80)]],
  ])('%s', (value, expected) => {
    expect(parsePublish(value)).toEqual(expected);
  });

  test.each([
    ['', 'names no port of the container'],
    ['8080:', 'names no port of the container'],
    ['0', 'names no port of the container'],
    ['80:0', 'names no port of the container'],
    ['65536', 'names no port of the container'],
    ['90-80', 'names no port of the container'],
    ['-1', 'names no port of the container'],
    ['a:80', 'has "a" for the port of the host'],
    ['65536:80', 'has "65536" for the port of the host'],
    ['0-10:80', 'has the port 0 in a range'],
    ['0-1:80-81', 'has the port 0 in a range'],
    ['8000-8001:80-82', 'has ranges that are not of the same length'],
    ['8000:80-82', 'has ranges that are not of the same length'],
    ['80/sctp', 'is for sctp'],
    ['80/icmp', 'has the protocol "icmp"'],
    ['80/', 'has the protocol ""'],
    ['localhost:8080:80', 'has "localhost" for an address of the host'],
    ['256.0.0.1:8080:80', 'has "256.0.0.1" for an address of the host'],
    ['[::1:8080:80', 'names no port of the container'],
    ['[127.0.0.1]:80:80', 'has "[127.0.0.1]" for an address of the host'],
    ['[fe80::1%eth0]:80:80', 'has "[fe80::1%eth0]" for an address of the host'],
    ['1:2:3:4', 'has "1:2" for an address of the host'],
    ['target=80,x=1', 'has "x=1" in it'],
    ['80/tcp/udp', 'names no port of the container'],
  ])('refuses %j', (value, message) => {
    expect(() => parsePublish(value)).toThrow(`the value ${JSON.stringify(value)} of --publish ${message}`);
  });

  test('what is given twice counts once, and free ports are each another', () => {
    expect(parseAllPublished(['80:80', '80-81:80-81', '80:80/udp', '90', '90'])).toHaveLength(5);
  });

  test('takes every port that there is', () => {
    expect(parsePublish('1-65535:1-65535').at(-1)).toEqual(tcp(65_535, 65_535));
  });
});

describe('--expose', () => {
  test.each([
    ['80', ['80/tcp']],
    ['53/udp', ['53/udp']],
    ['9/SCTP', ['9/sctp']],
    ['80-82', ['80/tcp', '81/tcp', '82/tcp']],
  ])('%s', (value, expected) => {
    expect(parseExpose(value)).toEqual(expected);
  });

  test.each(['', '0', '80:80', '82-80', '80/x', 'http', '80/tcp/udp', '70000'])('refuses %j', (value) => {
    expect(() => parseExpose(value)).toThrow(`the value ${JSON.stringify(value)} of --expose`);
  });
});
