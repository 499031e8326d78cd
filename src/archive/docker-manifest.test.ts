import { expect, test } from 'vitest';
import { parseDockerManifest } from './docker-manifest.ts';

const parse = (value: unknown) => parseDockerManifest(Buffer.from(JSON.stringify(value)));

test('an image has a config, layers, and names if it has any', () => {
  const layers = ['a/layer.tar', 'b/layer.tar'];
  expect(
    parse([
      { Config: 'c.json', RepoTags: ['alpine:3', 'localhost/x:1'], Layers: layers, Other: 1 },
      { Config: 'd.json', RepoTags: null, Layers: null },
    ]),
  ).toEqual([
    {
      config: 'c.json',
      names: [
        { domain: 'docker.io', path: 'library/alpine', tag: '3' },
        { domain: 'localhost', path: 'x', tag: '1' },
      ],
      layers,
    },
    { config: 'd.json', names: [], layers: [] },
  ]);
});

test.each<[value: unknown, why: string]>([
  [{}, 'manifest.json of the archive is not a list'],
  [[1], 'image 1 of manifest.json is not an object'],
  [[{}], 'Config of image 1 of manifest.json is not a string'],
  [[{ Config: 'c', Layers: 'x' }], 'Layers of image 1 of manifest.json is not a list'],
  [[{ Config: 'c', Layers: [1] }], 'an item of Layers of image 1 of manifest.json is not a string'],
  [[{ Config: 'c', RepoTags: ['A B'] }], 'a name that is none: "A B"'],
  [[{ Config: 'c', Layers: Array(501).fill('x') }], 'has 501 layers'],
])('%j is refused', (value, why) => {
  expect(() => parse(value)).toThrow(
    expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(why) }),
  );
});

test('what is not JSON is refused', () => {
  expect(() => parseDockerManifest(Buffer.from([0x22, 0xff, 0x22]))).toThrow('is not JSON');
});
