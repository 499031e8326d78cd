// Bundles src/main.ts into dist/tsdocker.cjs, one minified CommonJS file, because that starts fastest (design, 2.6); the thread that
// makes layers likewise; and the library, src/index.ts, into dist/index.js, an ECMAScript module with its types beside it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version, dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Modules find files of the project from where their sources lie (src/kernel/native.ts, images/): two folders down. */
const sourceFolder = 'tsdockerSourceFolder';
const commonJs: BuildOptions = {
  format: 'cjs',
  target: 'node26',
  minify: true,
  banner: { js: `const ${sourceFolder}=require("node:path").join(__dirname,"../src/bundle");` },
};
const module: BuildOptions = {
  format: 'esm',
  target: 'node24',
  external: Object.keys(dependencies),
  banner: {
    js: `import {join as tsdockerJoin} from "node:path";const ${sourceFolder}=tsdockerJoin(import.meta.dirname,"../src/bundle");`,
  },
};

/** The command, the thread, which stands beside it (src/layer/worker/threads.ts), and the library, which uses the same thread. */
const bundles: readonly (readonly [entry: string, name: string, options: BuildOptions])[] = [
  ['src/index.ts', 'index.js', module],
  ['src/layer/worker/thread.ts', 'layer-thread.cjs', commonJs],
  ['src/main.ts', 'tsdocker.cjs', commonJs],
];

await declareTypes();
for (const [entry, name, options] of bundles) {
  const out = join(root, 'dist', name);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `${out}.new`,
    bundle: true,
    platform: 'node',
    charset: 'utf8',
    define: {
      'import.meta.dirname': sourceFolder,
      TSDOCKER_VERSION: JSON.stringify(version),
      TSDOCKER_LAYER_THREAD: JSON.stringify('../../dist/layer-thread.cjs'),
    },
    ...options,
  });
  await rename(`${out}.new`, out);
}

/** What the library's types are, a file a module, in dist/types/. That the sources have no errors, others see to. */
async function declareTypes(): Promise<void> {
  const types = join(root, 'dist/types');
  await rm(types, { recursive: true, force: true });
  const flags = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--stripInternal'];
  const where = ['--rootDir', '.', '--outDir', 'dist/types', '--ignoreConfig'];
  const settings = Object.entries(JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8')).compilerOptions)
    .filter(([name]) => name !== 'noEmit')
    .flatMap(([name, value]) => [`--${name}`, String(value)]);
  const tsc = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(tsc, [...settings, ...flags, ...where, 'src/index.ts'], { cwd: root }).catch(
    (error: unknown) => {
      if (!existsSync(join(types, 'src/index.d.ts'))) throw error;
    },
  );
}
