// `tsdocker pull` and `run` against Debian's docker-registry, as typed: what people see, and what runs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostState } from '../support/host-state.ts';
import { makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { startRegistry } from '../support/registry-server.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let store: TestStore;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-pull-'));
  registry = await startRegistry();
  store = makeStore();
  const busybox = readFileSync('/bin/busybox');
  const layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [
      [
        { name: 'bin/busybox', mode: 0o755, body: busybox },
        { name: 'bin/sh', type: 'symlink', linkname: 'busybox' },
        { name: 'bin/cat', type: 'symlink', linkname: 'busybox' },
        { name: 'greeting', body: 'from the lower layer\n' },
        { name: 'gone', body: 'x' },
      ],
      [
        { name: 'greeting', body: 'from the upper layer\n' },
        { name: '.wh.gone', body: '' },
      ],
    ],
    config: { Env: ['PATH=/bin', 'FROM_IMAGE=yes'], Cmd: ['cat', '/greeting'] },
  });
  await pushLayout(layout, `${registry.host}/team/app:1.0`);
});
afterAll(async () => {
  store[Symbol.dispose]();
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an image that is not here is pulled and run', () => {
  const run = store.tsdocker('run', '--rm', '--network', 'none', `${registry.host}/team/app:1.0`);
  expect(run).toMatchObject({ status: 0, stdout: 'from the upper layer\n' });
  expect(run.stderr).toMatch(
    /^Unable to find image '\S+\/team\/app:1\.0' locally\n1\.0: Pulling from team\/app\n(?:[0-9a-f]{12}: (?:Pulling fs layer|Download complete|Pull complete)\n)+Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for \S+\/team\/app:1\.0\n$/,
  );
});

test('the second time nothing is fetched, and a whiteout has taken the file away', () => {
  const run = store.tsdocker(
    'run',
    '--rm',
    '--network',
    'none',
    `${registry.host}/team/app:1.0`,
    'sh',
    '-c',
    'echo $FROM_IMAGE; [ -e /gone ] || echo gone',
  );
  expect(run).toEqual({ status: 0, stdout: 'yes\ngone\n', stderr: '' });
});

test('pull prints the digest, whether it is new, and the name, and by that digest it can be had', () => {
  const pull = store.tsdocker('pull', `${registry.host}/team/app:1.0`);
  expect(pull.status).toBe(0);
  expect(pull.stderr).toBe('');
  const [, digest] =
    /^1\.0: Pulling from team\/app\n(?:[0-9a-f]{12}: Already exists\n)+Digest: (sha256:[0-9a-f]{64})\nStatus: Image is up to date for \S+\/team\/app:1\.0\n\S+\/team\/app:1\.0\n$/.exec(
      pull.stdout,
    ) ?? [];
  expect(digest).toBeDefined();
  const name = `${registry.host}/team/app@${digest}`;
  expect(store.tsdocker('pull', '-q', name)).toEqual({ status: 0, stdout: `${name}\n`, stderr: '' });
  expect(store.tsdocker('run', '--rm', '--network', 'none', name).stdout).toBe('from the upper layer\n');
});

test('short names reach docker.io through a mirror that a file names', () => {
  const file = join(folder, 'registries.json');
  writeFileSync(file, JSON.stringify({ registries: { 'docker.io': { mirrors: [`http://${registry.host}`] } } }));
  const run = store.tsdockerWith(
    { env: { TSDOCKER_REGISTRIES: file } },
    'run',
    '--rm',
    '--network',
    'none',
    'team/app:1.0',
  );
  expect(run).toMatchObject({ status: 0, stdout: 'from the upper layer\n' });
  expect(store.tsdocker('images').stdout).toMatch(/^team\/app +1\.0 +[0-9a-f]{12} /m);
});

test.each([
  ['no-such/image', /there is no image .*no-such\/image|no-such\/image/],
  ['team/app:no-such-tag', /no-such-tag/],
  [`team/app@sha256:${'0'.repeat(64)}`, /sha256:0{64}/],
])('%s: one clear line, and the store is as it was', (name, line) => {
  const before = hostState(store.root);
  const pull = store.tsdocker('pull', `${registry.host}/${name}`);
  expect(pull).toMatchObject({ status: 125, stdout: '' });
  expect(pull.stderr).toMatch(line);
  expect(pull.stderr).toMatch(/^tsdocker: [^\n]+\n(?: {2}hint: [^\n]+\n)?$/);
  expect(hostState(store.root)).toEqual(before);
});

test('another platform than the image has is refused', () => {
  const pull = store.tsdocker('pull', '--platform', 'linux/s390x', `${registry.host}/team/app:1.0`);
  expect(pull.status).toBe(125);
  expect(pull.stderr).toMatch(/linux\/s390x/);
});
