import { describe, expect, test } from 'vitest';
import { etcFiles, hostResolvConf } from './etc-files.ts';

const nothing = { hosts: undefined, resolvConf: undefined, resolvedConf: undefined };
const stub = '# systemd-resolved\nnameserver 127.0.0.53\noptions edns0\nsearch example\n';
const behind = 'nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch example\n';

describe('the resolv.conf of a container that shares the host’s network', () => {
  test.each([
    ['is the host’s', behind, undefined, behind],
    ['is the host’s, though resolved runs beside', behind, 'nameserver 198.51.100.1\n', behind],
    ['is the one behind the stub of systemd-resolved', stub, behind, behind],
    ['is the stub where nothing is behind it', stub, undefined, stub],
    ['is the stub where what is behind it has no server', stub, '# empty\n', stub],
    [
      'is the host’s where the stub is one server of several',
      `${stub}nameserver 192.0.2.7\n`,
      behind,
      `${stub}nameserver 192.0.2.7\n`,
    ],
    [
      'is the host’s where another program answers on the loopback',
      'nameserver 127.0.0.1\n',
      behind,
      'nameserver 127.0.0.1\n',
    ],
    [
      'is not fooled by a comment',
      `# nameserver 127.0.0.53\n${behind}`,
      'nameserver 1.1.1.1\n',
      `# nameserver 127.0.0.53\n${behind}`,
    ],
    ['is not fooled by spaces', '\t nameserver\t127.0.0.53 \n', behind, behind],
    ['is empty where the host has none', undefined, behind, ''],
    ['stays without a server', 'search example\n', behind, 'search example\n'],
  ])('%s', (_, resolvConf, resolvedConf, expected) => {
    expect(hostResolvConf({ hosts: undefined, resolvConf, resolvedConf })).toBe(expected);
  });
});

describe('the files of a container', () => {
  const contents = (...given: Parameters<typeof etcFiles>) =>
    Object.fromEntries(etcFiles(...given).map(({ path, content }) => [path, content]));

  test('without a network know only itself', () => {
    const files = contents('none', 'box', { hosts: '192.0.2.9 secret\n', resolvConf: behind, resolvedConf: undefined });
    expect(files).toEqual({
      '/etc/hostname': 'box\n',
      '/etc/hosts': expect.stringMatching(/^127\.0\.0\.1\tlocalhost\n::1\tlocalhost /),
      '/etc/resolv.conf': '',
    });
    expect(files['/etc/hosts']).not.toContain('secret');
  });

  test('with the host’s network are the host’s', () => {
    const hosts = '127.0.0.1 localhost\n192.0.2.9 friend\n';
    expect(contents('host', 'machine', { hosts, resolvConf: stub, resolvedConf: behind })).toEqual({
      '/etc/hostname': 'machine\n',
      '/etc/hosts': hosts,
      '/etc/resolv.conf': behind,
    });
  });

  test('are there even where the host has none', () => {
    const files = contents('host', 'machine', nothing);
    expect(files['/etc/hosts']).toContain('127.0.0.1\tlocalhost\n');
    expect(files['/etc/resolv.conf']).toBe('');
  });

  test.each(['a\nnameserver 1.1.1.1', 'a\0'])('have no lines that came with the host name %j', (hostname) => {
    expect(() => etcFiles('none', hostname, nothing)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
