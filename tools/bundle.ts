// Bundles src/main.ts into dist/tsdocker.cjs, one minified CommonJS file, because that starts fastest (design, 2.6); and the
// thread that makes layers likewise.
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** The command, and the thread that makes layers, which stands beside it (src/layer/worker/threads.ts). */
const bundles = { 'src/main.ts': 'tsdocker.cjs', 'src/layer/worker/thread.ts': 'layer-thread.cjs' };

for (const [entry, name] of Object.entries(bundles).reverse()) {
  const out = join(root, 'dist', name);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: `${out}.new`,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    charset: 'utf8',
    // Modules find files of the project from where their sources lie (src/kernel/native.ts, images/): two folders down.
    define: {
      'import.meta.dirname': 'tsdockerSourceFolder',
      TSDOCKER_VERSION: JSON.stringify(version),
      TSDOCKER_LAYER_THREAD: JSON.stringify('../../dist/layer-thread.cjs'),
    },
    banner: { js: 'const tsdockerSourceFolder=require("node:path").join(__dirname,"../src/bundle");' },
  });
  await rename(`${out}.new`, out);
}
