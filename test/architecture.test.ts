// The rule that imports point one way (design, section 2), held by a program. The table below is the architecture.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const source = resolve(import.meta.dirname, '../src');

/** What each folder of src/ may import from. Its own files, and node:, always. */
const mayImport: Record<string, readonly string[]> = {
  'error.ts': [],
  kernel: ['error.ts'],
  image: ['error.ts'],
  spec: ['image', 'error.ts'],
  registry: ['image', 'error.ts'],
  layer: ['image', 'kernel', 'error.ts'],
  archive: ['image', 'registry', 'layer', 'kernel', 'error.ts'],
  network: ['kernel', 'error.ts'],
  cgroup: ['spec', 'kernel', 'error.ts'],
  launch: ['spec', 'kernel', 'error.ts'],
  store: ['spec', 'image', 'layer', 'network', 'kernel', 'error.ts'],
  engine: [
    'images',
    'archive',
    'registry',
    'store',
    'layer',
    'launch',
    'cgroup',
    'network',
    'spec',
    'image',
    'kernel',
    'error.ts',
  ],
  cli: ['engine', 'store', 'spec', 'image', 'error.ts'],
  'index.ts': ['engine', 'spec', 'image', 'error.ts'],
  'main.ts': ['cli', 'engine', 'error.ts'],
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
);
/** Recipes of embedded images stand beside src/, and are reached from the engine only. */
const roomOf = (path: string) => path.replace(/^\.\.\//, '').split('/')[0]!;

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/(?:from|import|import\()\s*'(\.[^']+)'/g)].map((match) =>
    relative(source, resolve(source, dirname(file), match[1]!)),
  );
}

test.each(files)('%s imports only from the rooms below its own', (file) => {
  const room = roomOf(file);
  const allowed = mayImport[room];
  expect(allowed, `src/${room} is not in the table of this test`).toBeDefined();
  for (const target of importsOf(file)) {
    if (roomOf(target) !== room) expect(allowed, `${file} imports ${target}`).toContain(roomOf(target));
  }
});

test('only src/kernel touches the foreign function interface', () => {
  const users = files.filter((file) => /node:ffi|koffi/.test(readFileSync(join(source, file), 'utf8')));
  for (const file of users) expect(roomOf(file)).toBe('kernel');
});

test('only main.ts ends the process', () => {
  const users = files.filter((file) => /process\.(exit|reallyExit)\(/.test(readFileSync(join(source, file), 'utf8')));
  expect(users.filter((file) => file !== 'main.ts')).toEqual([]);
});
