import { describe, expect, test } from 'vitest';
import { type EtcFacts, etcFiles, type HostFiles } from './etc-files.ts';
import { plainOptions } from './plain-options.ts';
import type { NamesMode } from './resolv-conf.ts';

const nothing = { hosts: undefined, resolvConf: undefined, resolvedConf: undefined };
const stub = '# systemd-resolved\nnameserver 127.0.0.53\noptions edns0\nsearch example\n';
const behind = 'nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch example\n';

describe('the files of a container', () => {
  const contents = (mode: NamesMode, hostname: string, host: HostFiles, more: Partial<EtcFacts> = {}) =>
    Object.fromEntries(
      etcFiles({ mode, hostname, host, ...more }, plainOptions).map(({ path, content }) => [path, content]),
    );

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

  test('with a network know its addresses', () => {
    const files = contents('bridge', 'box', { ...nothing, resolvConf: behind }, { addresses: ['172.17.0.2'] });
    expect(files['/etc/hosts']).toMatch(/\n172\.17\.0\.2\tbox\n$/);
    expect(files['/etc/resolv.conf']).toBe('search example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n');
  });

  test.each(['a\nnameserver 1.1.1.1', 'a\0'])('have no lines that came with the host name %j', (hostname) => {
    expect(() => contents('none', hostname, nothing)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
