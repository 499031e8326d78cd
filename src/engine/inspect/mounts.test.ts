import { expect, test } from 'vitest';
import { mountPoints } from './mounts.ts';

test('binds and volumes are told by their places, and no tmpfs', () => {
  const options = {
    mounts: [
      { type: 'tmpfs' as const, target: '/t', options: [] },
      {
        type: 'bind' as const,
        source: '/s',
        target: '/z',
        readOnly: true,
        recursive: true,
        mustExist: false,
        propagation: 'slave' as const,
      },
    ],
  };
  const volume = { Type: 'volume', Name: '', Driver: 'local', Mode: '', RW: true, Propagation: '' };
  expect(mountPoints({ options, volumes: ['/own', '/data'] }, '/bundle')).toEqual([
    { ...volume, Source: '/bundle/upper/data', Destination: '/data' },
    { ...volume, Source: '/bundle/upper/own', Destination: '/own' },
    { Type: 'bind', Source: '/s', Destination: '/z', Mode: 'ro,slave', RW: false, Propagation: 'slave' },
  ]);
});
