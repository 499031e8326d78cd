// localhost/busybox: a shell and four hundred small tools in one static program, from Debian's package busybox-static.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { file, folder, link, type Recipe } from './recipe.ts';

const program = '/bin/busybox';

const passwd = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;

const group = `root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
www-data:x:33:
users:x:100:
nogroup:x:65534:
`;

/** Throws what node:fs throws where the package is missing. */
export function busybox(): Recipe {
  const content = readFileSync(program);
  const applets = execFileSync(program, ['--list'], { encoding: 'utf8' }).trim().split('\n').sort();
  return {
    entries: [
      ...['bin', 'dev', 'etc', 'home', 'mnt', 'proc', 'sys', 'usr', 'usr/bin', 'usr/sbin', 'var'].map((path) =>
        folder(path),
      ),
      folder('root', 0o700),
      folder('run'),
      folder('tmp', 0o1777),
      folder('var/tmp', 0o1777),
      file('bin/busybox', content, 0o755),
      ...applets.filter((name) => name !== 'busybox').map((name) => link(`bin/${name}`, 'busybox')),
      link('sbin', 'bin'),
      file('etc/passwd', passwd),
      file('etc/group', group),
      file('etc/hostname', 'busybox\n'),
      file('etc/hosts', '127.0.0.1\tlocalhost\n'),
      file('etc/resolv.conf', ''),
    ],
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    command: ['sh'],
  };
}
