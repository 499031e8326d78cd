import { expect, test } from 'vitest';
import { bridgeOptions } from './bridge-options.ts';

test.each([
  [{}, {}],
  [{ mtu: '9000' }, { mtu: 9000 }],
  [{ 'com.docker.network.driver.mtu': '68' }, { mtu: 68 }],
  [{ 'com.docker.network.bridge.name': 'br-web' }, { link: 'br-web' }],
  [{ 'com.docker.network.bridge.enable_ip_masquerade': 'false' }, {}],
  [{ 'com.docker.network.bridge.enable_icc': 'true' }, {}],
])('%o means %o', (options, expected) => expect(bridgeOptions(options, false)).toEqual(expected));

test.each([
  [{ mtu: '67' }, 'the MTU "67" is not a number of bytes from 68 to 65535'],
  [{ mtu: '1e3' }, 'the MTU "1e3"'],
  [{ mtu: '65536' }, 'the MTU "65536"'],
  [{ 'com.docker.network.bridge.name': 'a23456789012345x' }, 'no bridge can have the name'],
  [{ 'com.docker.network.bridge.name': '../x' }, 'no bridge can have the name'],
  [{ 'com.docker.network.bridge.name': 'tsd0' }, 'no bridge can have the name'],
  [{ 'com.docker.network.bridge.name': '' }, 'no bridge can have the name'],
  [{ 'com.docker.network.bridge.name': 'lo' }, 'no bridge can have the name'],
  [{ 'com.docker.network.bridge.enable_icc': 'false' }, 'always reach each other'],
  [{ 'com.docker.network.bridge.enable_ip_masquerade': 'maybe' }, 'is true or false'],
  [{ 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' }, 'unless -p names one'],
  [{ parent: 'eth0' }, 'the option "parent" of a bridge network is not known'],
  [{ constructor: 'x' }, 'the option "constructor" of a bridge network is not known'],
])('%o is refused: %s', (options, message) => expect(() => bridgeOptions(options, false)).toThrow(message));

test('IPv6 needs packets of 1280 bytes', () => {
  expect(() => bridgeOptions({ mtu: '1279' }, true)).toThrow('from 1280');
  expect(bridgeOptions({ mtu: '1280' }, true)).toEqual({ mtu: 1280 });
});
