// Bundles src/main.ts into dist/tsdocker.cjs: one minified CommonJS file, because that starts fastest (design, 2.6).
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const out = join(root, 'dist/tsdocker.cjs');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: `${out}.new`,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  charset: 'utf8',
  // Modules find files of the project from where their sources lie (src/kernel/native.ts, images/): two folders down.
  define: { 'import.meta.dirname': 'tsdockerSourceFolder', TSDOCKER_VERSION: JSON.stringify(version) },
  banner: { js: 'const tsdockerSourceFolder=require("node:path").join(__dirname,"../src/bundle");' },
});
await rename(`${out}.new`, out);
