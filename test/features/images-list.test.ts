// What `tsdocker images` shows, laid out and filtered as Docker's CLI (20.10) does it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Digest } from '../../src/image/digest.ts';
import { recordImage } from '../../src/store/record-image.ts';
import { openStore } from '../../src/store/store.ts';
import { addImage, type LocalImage } from '../support/local-images.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let store: TestStore;
let old: LocalImage;
let young: LocalImage;
let nameless: LocalImage;
let digestOnly: LocalImage;
beforeAll(async () => {
  store = makeStore();
  old = await addImage(store.root, 'docker.io/library/demo:old', {
    created: '2020-01-01T00:00:00Z',
    labels: { color: 'red' },
  });
  young = await addImage(store.root, 'localhost/young', {
    created: '2025-06-01T00:00:00Z',
    body: new Uint8Array(2_000_000).fill(7),
    labels: { color: 'blue', empty: '' },
  });
  nameless = await addImage(store.root, 'localhost/lost', { created: '2021-01-01T00:00:00Z' });
  digestOnly = await addImage(store.root, 'localhost/pinned', { created: '2022-01-01T00:00:00Z' });
  store.tsdocker('tag', 'demo:old', 'localhost/lost');
  store.tsdocker('rmi', 'localhost/lost');
  store.tsdocker('tag', 'demo:old', 'other/demo:v1');
  using opened = openStore(store.root);
  const { sql } = opened.database;
  sql
    .prepare('UPDATE names SET reference = ? WHERE reference = ?')
    .run(`localhost/pinned@${digestOnly.manifest}`, 'localhost/pinned:latest');
  sql.prepare('INSERT INTO names VALUES (?, ?)').run(`docker.io/library/demo@${old.manifest}`, old.manifest);
});
afterAll(() => store[Symbol.dispose]());

const rows = (...words: string[]): string[][] =>
  store
    .tsdocker('images', ...words)
    .stdout.trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));
const names = (...words: string[]): string[] =>
  rows(...words)
    .slice(1)
    .map(([repository, tag]) => `${repository}:${tag}`);
const all = ['localhost/young:latest', 'localhost/pinned:<none>', '<none>:<none>', 'demo:old', 'other/demo:v1'];

test('the newest image comes first, a row for each name, with the size unpacked', () => {
  const [heading, first, second, third, ...rest] = rows();
  expect(heading).toEqual(['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE']);
  expect(first).toEqual([
    'localhost/young',
    'latest',
    young.short,
    expect.stringMatching(/ ago$/),
    expect.stringMatching(/^2(\.\d+)?MB$/),
  ]);
  expect([second, third].map((row) => row?.slice(0, 3))).toEqual([
    ['localhost/pinned', '<none>', digestOnly.short],
    ['<none>', '<none>', nameless.short],
  ]);
  expect(rest.map((row) => row.slice(0, 4))).toEqual([
    ['demo', 'old', old.short, '6 years ago'],
    ['other/demo', 'v1', old.short, '6 years ago'],
  ]);
});

test('-q prints an id a row, --no-trunc whole ids, -a nothing more', () => {
  expect(store.tsdocker('images', '-q').stdout).toBe(
    `${[young, digestOnly, nameless, old, old].map(({ short }) => short).join('\n')}\n`,
  );
  expect(rows('--no-trunc')[1]![2]).toBe(young.id);
  expect(store.tsdocker('image', 'ls', '-a').stdout).toBe(store.tsdocker('images').stdout);
});

test('--digests has a column for what registries know an image by', () => {
  const [heading, ...others] = rows('--digests');
  expect(heading).toEqual(['REPOSITORY', 'TAG', 'DIGEST', 'IMAGE ID', 'CREATED', 'SIZE']);
  expect(others.map(([, , digest]) => digest)).toEqual([
    '<none>',
    digestOnly.manifest,
    '<none>',
    old.manifest,
    '<none>',
  ]);
});

test.each([
  [['demo'], ['demo:old']],
  [['demo:old'], ['demo:old']],
  [['demo:new'], []],
  [['dem*'], ['demo:old']],
  [['*/demo'], ['other/demo:v1']],
  [['*/*'], ['localhost/young:latest', 'localhost/pinned:<none>', 'other/demo:v1']],
  [['d?mo:[m-p]ld'], ['demo:old']],
  [
    ['--filter', 'reference=demo', '--filter', 'reference=*/young:*'],
    ['localhost/young:latest', 'demo:old'],
  ],
  [['--filter', 'dangling=true'], ['<none>:<none>']],
  [['-f', 'dangling=0'], all.filter((name) => name !== '<none>:<none>')],
  [
    ['--filter', 'label=color'],
    ['localhost/young:latest', 'demo:old', 'other/demo:v1'],
  ],
  [
    ['--filter', 'label=color=red'],
    ['demo:old', 'other/demo:v1'],
  ],
  [['--filter', 'label=color', '--filter', 'label=empty='], ['localhost/young:latest']],
  [['--filter', 'label=colo'], []],
  [['--filter', 'before=localhost/young'], all.slice(1)],
  [['--filter', 'since=demo:old'], all.slice(0, 3)],
  [['--filter', 'since=demo:old', '--filter', 'before=localhost/young'], all.slice(1, 3)],
  [['--filter', 'until=2021-06-01'], all.slice(2)],
  [['--filter', 'until=1h'], all],
])('images %j', (words, expected) => expect(names(...words)).toEqual(expected));

test('--format takes a template with Docker’s names, table and json', () => {
  expect(store.tsdocker('images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', 'demo').stdout).toBe(
    `demo:old ${old.short}\n`,
  );
  const json = JSON.parse(store.tsdocker('images', '--format', 'json', 'demo').stdout);
  expect(json).toMatchObject({ Repository: 'demo', CreatedAt: '2020-01-01 00:00:00 +0000 UTC', Containers: 'N/A' });
  expect(store.tsdocker('images', '--format', 'table').stdout.replaceAll(/ +\n/g, '\n')).toBe(
    store.tsdocker('images').stdout,
  );
});

test.each([
  [['--filter', 'nothing=1'], 'the filter "nothing=1" is not known'],
  [['--filter', 'dangling'], 'the filter "dangling" has no value'],
  [['--filter', 'dangling=perhaps'], 'the filter dangling is either true or false, not "perhaps"'],
  [['--filter', 'before=nothing'], 'there is no image nothing in the store'],
  [['--filter', 'until=yesterday'], '"yesterday" is not a time'],
  [['[z-a]'], '"[z-a]" is not a pattern'],
  [['a', 'b'], 'images does not take the word "b"'],
])('images %j is refused', (words, message) => {
  const { status, stdout, stderr } = store.tsdocker('images', ...words);
  expect([status, stdout]).toEqual([125, '']);
  expect(stderr.startsWith(`tsdocker: ${message}\n`), stderr).toBe(true);
});

test('a thousand images are listed, sorted and sized from the database alone', async () => {
  const many = makeStore();
  try {
    using opened = openStore(many.root);
    opened.database.transaction(() => {
      const image = opened.database.sql.prepare('INSERT INTO images VALUES (?, ?, 1, ?, ?, ?, ?, 1234567)');
      const name = opened.database.sql.prepare('INSERT INTO names VALUES (?, ?)');
      for (let count = 0; count < 1000; count++) {
        const digest = `sha256:${String(count).padStart(64, '0')}`;
        image.run(digest, 'm', digest, '2026-01-01T00:00:00Z', '[]', '[]');
        name.run(`localhost/many:${count}`, digest);
      }
    });
    const lines = many.tsdocker('images').stdout.split('\n');
    expect(lines).toHaveLength(1002);
    expect(lines[1]).toMatch(/^localhost\/many {3}0 {2,}0{12} .* ago {3}1.23MB$/);
    recordImage(opened, {
      names: [],
      manifest: { mediaType: 'm', digest: `sha256:${'f'.repeat(64)}` as Digest, size: 1 },
      configDigest: `sha256:${'e'.repeat(64)}` as Digest,
      created: '',
      chain: [],
      layers: [],
    });
    expect(many.tsdocker('images').stdout).toMatch(/<none> +<none> +e{12} +N\/A +0B\n$/);
    expect(readdirSync(join(many.root, 'tmp'))).toEqual([]);
  } finally {
    many[Symbol.dispose]();
  }
});
