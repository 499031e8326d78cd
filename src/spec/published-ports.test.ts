import { describe, expect, test } from 'vitest';
import { exposedPorts, publishedPorts } from './published-ports.ts';
import type { PublishedPort, RunOptions } from './run-options.ts';

type Asked = Pick<RunOptions, 'network' | 'publish' | 'publishAll' | 'expose'>;
const plain: Asked = { network: 'default', publish: [], publishAll: false, expose: [] };
const web: PublishedPort = { hostPort: 8080, port: 80, protocol: 'tcp' };
const free = (port: number, protocol: 'tcp' | 'udp' = 'tcp'): PublishedPort => ({ hostPort: 0, port, protocol });

describe('what is published', () => {
  test.each<[string, Partial<Asked>, readonly string[], readonly PublishedPort[]]>([
    ['is what was asked for, and not what is exposed', { publish: [web], expose: ['90/tcp'] }, ['443/tcp'], [web]],
    [
      'is with --publish-all every other port, too',
      { publish: [web], publishAll: true, expose: ['53/udp', '80/tcp'] },
      ['443', '80/tcp'],
      [web, free(53, 'udp'), free(443)],
    ],
    [
      'is nothing of an image that makes no sense',
      { publishAll: true },
      ['x', '0', '70000', '1-65535/tcp', '1/sctp', ''],
      [],
    ],
    ['is nothing with the host’s network', { network: 'host', publish: [web], publishAll: true }, ['443'], []],
    ['is nothing without a network', { network: 'none', publish: [web] }, [], []],
    ['is nothing with another’s network', { network: { container: 'c' }, publish: [web] }, [], []],
    [
      'is the same with a network of the user’s',
      { network: { names: [{ name: 'n', aliases: [] }] }, publish: [web] },
      [],
      [web],
    ],
  ])('%s', (_, asked, ofImage, expected) => {
    expect(publishedPorts({ ...plain, ...asked }, ofImage)).toEqual(expected);
  });
});

test('all ports that anybody told of are exposed, by their numbers', () => {
  const asked = { publish: [web, { ...web, hostPort: 9 }], expose: ['100/tcp', '53/udp', '53/tcp'] };
  expect(exposedPorts(asked, ['9/sctp', '80/tcp', 'nonsense'])).toEqual([
    '9/sctp',
    '53/tcp',
    '53/udp',
    '80/tcp',
    '100/tcp',
  ]);
});
