// Image configs that do not belong to their layers, or want something of the host.
import { describe, expect, test } from 'vitest';
import { expectRefused, imageOf, layerOf, pull } from '../support/hostile.ts';
import { sha256 } from '../support/image-fixture.ts';
import { rawTar } from '../support/raw-tar.ts';

const layers = [layerOf(rawTar({ name: 'a', body: 'lower' })), layerOf(rawTar({ name: 'a', body: 'upper' }))];
const [lower, upper] = layers.map(({ diffID }) => diffID);
const other = sha256(Buffer.from('x'));
const rootfs = (fields: Record<string, unknown>) =>
  imageOf(layers, { config: (config) => ({ ...config, rootfs: { type: 'layers', ...fields } }) });
const execution = (fields: Record<string, unknown>) =>
  imageOf(layers, { config: (config) => ({ ...config, config: fields }) });

describe('pull refuses a config', () => {
  test.each<[string, ReturnType<typeof imageOf>, RegExp | string]>([
    ['that names fewer layers', rootfs({ diff_ids: [lower] }), 'names 1 layers and its manifest 2'],
    ['that names more layers', rootfs({ diff_ids: [lower, upper, upper] }), 'names 3 layers and its manifest 2'],
    ['that names no layers', rootfs({}), 'names 0 layers and its manifest 2'],
    ['that names them in another order', rootfs({ diff_ids: [upper, lower] }), 'has the diffID'],
    ['that names another lowest layer', rootfs({ diff_ids: [other, upper] }), 'has the diffID'],
    ['that names what is no digest', rootfs({ diff_ids: [lower, '../../etc'] }), 'is not a digest'],
    ['that names digests of md5', rootfs({ diff_ids: [lower, `md5:${'0'.repeat(32)}`] }), 'unknown algorithm md5'],
    ['whose layers are of another kind', rootfs({ type: 'snapshots', diff_ids: [lower, upper] }), 'not of type layers'],
    ['without a rootfs', imageOf(layers, { config: ({ rootfs: _, ...rest }) => rest }), 'rootfs of the image config'],
    ['that is not JSON', imageOf(layers, { config: () => 'text' }), 'the image config is not an object'],
    ['whose command is a text', execution({ Cmd: 'rm -rf /' }), 'Cmd of the image config is not a list'],
    ['whose environment has a number', execution({ Env: [7] }), 'Env of the image config is not a string'],
    ['whose user is a list', execution({ User: ['root'] }), 'User of the image config is not a string'],
    ['whose volumes are a list', execution({ Volumes: ['/'] }), 'Volumes of the image config is not an object'],
    ['whose labels are numbers', execution({ Labels: { a: 1 } }), 'is not a string'],
    [
      'of another architecture',
      imageOf(layers, { config: (fields) => ({ ...fields, architecture: 's390x' }) }),
      's390x',
    ],
    ['of another system', imageOf(layers, { config: (fields) => ({ ...fields, os: 'windows' }) }), 'windows'],
    [
      'of a system that acts on the terminal',
      imageOf(layers, { config: (fields) => ({ ...fields, os: '\u001b[2J' }) }),
      'os of the image config',
    ],
    [
      'of a system in 1 MiB of text',
      imageOf(layers, { config: (f) => ({ ...f, os: 'x'.repeat(2 ** 20) }) }),
      'os of the image config',
    ],
  ])('%s', async (_name, served, why) => {
    await expectRefused(served, why);
  });
});

test('a layer that is what it says stays for other images, one above it that is not does not', async () => {
  await pull(rootfs({ diff_ids: [lower, other] }), {}, ({ status, stderr }, target) => {
    expect(stderr).toMatch(/^tsdocker: a layer has the diffID /);
    expect({ status, left: target.left() }).toEqual({
      status: 125,
      left: { layers: [lower!.slice('sha256:'.length)], temporary: [], images: 0 },
    });
  });
});

test('a refused image takes no name, and leaves the one that had it', async () => {
  const good = imageOf([layers[0]!]);
  await pull(good, {}, async ({ status }, target, name) => {
    expect(status).toBe(0);
    const { startFakeRegistry } = await import('../fakes/registry.ts');
    const evil = await startFakeRegistry({ served: rootfs({ diff_ids: [upper, lower] }) });
    try {
      const before = await target.tsdocker('images', '-q', '--no-trunc');
      expect(before.stdout).not.toBe('');
      const refused = await target.tsdocker(
        'pull',
        '-q',
        '--mirror',
        `${name.split('/')[0]}=http://${evil.host}`,
        name,
      );
      expect(refused.status).toBe(125);
      expect((await target.tsdocker('images', '-q', '--no-trunc')).stdout).toBe(before.stdout);
    } finally {
      await evil.stop();
    }
  });
});
