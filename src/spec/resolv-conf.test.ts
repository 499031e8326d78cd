import { describe, expect, test } from 'vitest';
import { hostResolvConf, type ResolvConfFacts, resolvConfFile } from './resolv-conf.ts';

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

describe('the resolv.conf of a container with a network of its own', () => {
  const host = 'search example test\nnameserver 192.0.2.1\noptions rotate\noptions timeout:1\n';
  const of = (resolvConf: string | undefined, more: Partial<ResolvConfFacts> = {}) =>
    resolvConfFile({
      mode: 'bridge',
      host: { hosts: undefined, resolvConf, resolvedConf: undefined },
      dns: [],
      dnsSearch: [],
      dnsOptions: [],
      ...more,
    });

  test.each<[string, string, string | undefined, Partial<ResolvConfFacts>]>([
    [
      'has what the host’s has, each once',
      'search example test\nnameserver 192.0.2.1\noptions rotate timeout:1\n',
      host,
      {},
    ],
    [
      'has the last of two search lines',
      'search b\nnameserver 192.0.2.1\n',
      'search a\ndomain b\nnameserver 192.0.2.1\n',
      {},
    ],
    [
      'has no server on the host’s loopback beside others',
      'nameserver 192.0.2.1\n',
      'nameserver 127.0.0.1\nnameserver ::1\nnameserver 192.0.2.1\n',
      {},
    ],
    [
      'has no server of IPv6 without a way there, and none behind an interface of the host',
      'nameserver 192.0.2.1\n',
      'nameserver fe80::1%eth0\nnameserver 2001:db8::1\nnameserver 192.0.2.1\n',
      {},
    ],
    ['has a server of IPv6 with a way there', 'nameserver 2001:db8::1\n', 'nameserver 2001:db8::1\n', { ipv6: true }],
    [
      'has the servers of --dns',
      'search example test\nnameserver 127.0.0.9\noptions rotate timeout:1\n',
      host,
      { dns: ['127.0.0.9'] },
    ],
    [
      'has the domains of --dns-search',
      'search own\nnameserver 192.0.2.1\noptions rotate timeout:1\n',
      host,
      { dnsSearch: ['own'] },
    ],
    [
      'has no domains with --dns-search .',
      'nameserver 192.0.2.1\noptions rotate timeout:1\n',
      host,
      { dnsSearch: ['.'] },
    ],
    [
      'has the options of --dns-option',
      'search example test\nnameserver 192.0.2.1\noptions ndots:3\n',
      host,
      { dnsOptions: ['ndots:3'] },
    ],
    ['says nothing where there is no network', '', host, { mode: 'none' }],
    [
      'says without a network only what was asked for',
      'nameserver 192.0.2.7\n',
      host,
      { mode: 'none', dns: ['192.0.2.7'] },
    ],
    ['is the host’s with its network', host, host, { mode: 'host' }],
    [
      'is the host’s with its network but for what was asked for',
      'search example\nnameserver 127.0.0.53\noptions use-vc\n',
      stub,
      { mode: 'host', dnsOptions: ['use-vc'] },
    ],
  ])('%s', (_, content, resolvConf, more) => {
    expect(of(resolvConf, more)).toEqual({ content, needsResolver: false, servers: [] });
  });

  test.each<[string, string, string | undefined, Partial<ResolvConfFacts>, string[]]>([
    [
      'in a network with names',
      'search example test\nnameserver 127.0.0.11\noptions rotate timeout:1 ndots:0\n',
      host,
      { mode: 'resolver' },
      [],
    ],
    [
      'with ndots of the caller',
      'nameserver 127.0.0.11\noptions ndots:5\n',
      undefined,
      { mode: 'resolver', dnsOptions: ['ndots:5'] },
      [],
    ],
    [
      'with the servers of --dns',
      'nameserver 127.0.0.11\noptions ndots:0\n',
      '',
      { mode: 'resolver', dns: ['192.0.2.7', '::1'] },
      ['192.0.2.7', '::1'],
    ],
    [
      'where the host’s only server is on its loopback',
      'search example\nnameserver 127.0.0.11\noptions edns0\n',
      stub,
      {},
      [],
    ],
    ['where the host has none', 'nameserver 127.0.0.11\n', undefined, {}, []],
    [
      'where the host’s only server is one of IPv6 and the container has none',
      'nameserver 127.0.0.11\n',
      'nameserver 2001:db8::1\n',
      {},
      [],
    ],
  ])('leads to the resolver of ours %s', (_, content, resolvConf, more, servers) => {
    expect(of(resolvConf, more)).toEqual({ content, needsResolver: true, servers });
  });
});
