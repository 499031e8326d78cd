// Where the compiled native parts lie (native/Makefile), in a checkout and in an installed copy alike: both keep
// `native/build/<machine>/` two folders above this one. The bundler pins `import.meta.dirname` to keep that true.
import { join } from 'node:path';

const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** The folder of kernel.so, tsdocker-shim, tsdocker-attach and tsdocker-init for this machine. */
export const nativeFolder: string = join(import.meta.dirname, '../../native/build', machine);
