// Images that want something of the host when they are run. Each is pulled from a real registry and run as anyone would.
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HostState, hostState } from '../support/host-state.ts';
import { type LayerEntry, makeOciLayout, pushLayout } from '../support/image-fixture.ts';
import { startRegistry } from '../support/registry-server.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let store: TestStore;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-attack-'));
  registry = await startRegistry();
  store = makeStore();
});
afterAll(async () => {
  store[Symbol.dispose]();
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

const busybox: readonly LayerEntry[] = [
  { name: 'bin/busybox', mode: 0o755, body: readFileSync('/bin/busybox') },
  ...['sh', 'cat', 'ls', 'true', 'id', 'readlink'].map((name) => ({
    name: `bin/${name}`,
    type: 'symlink' as const,
    linkname: 'busybox',
  })),
];

/** Pushes an image of busybox with more entries; its name. */
async function image(
  name: string,
  entries: readonly LayerEntry[],
  config: Record<string, unknown> = {},
): Promise<string> {
  const layout = await makeOciLayout(join(folder, name), {
    layers: [[...busybox, ...entries]],
    config: { Env: ['PATH=/bin'], ...config },
  });
  const reference = `${registry.host}/${name}:latest`;
  await pushLayout(layout, reference);
  expect(store.tsdocker('pull', '-q', reference).status).toBe(0);
  return reference;
}

const placesOf = ({ mounts, cgroups, bundles }: HostState) => ({ mounts, cgroups, bundles });

const run = (...words: string[]) => store.tsdocker('run', '--rm', '--network', 'none', ...words);

test.each(['proc', 'sys', 'dev'])(
  'CVE-2019-19921: an image whose /%s is a link is not mounted somewhere else',
  async (name) => {
    const reference = await image(`link-${name}`, [
      { name: 'elsewhere', type: 'directory', mode: 0o755 },
      { name, type: 'symlink', linkname: '/elsewhere' },
    ]);
    const before = hostState(store.root);
    const ended = run(reference, 'ls', '/elsewhere');
    if (name === 'dev') {
      // A tmpfs on the link's target, inside the container, does no harm; what is mounted below must not follow it further.
      expect(ended.stdout).not.toMatch(/sda|vda|kmsg/);
    } else {
      expect(ended.status).toBe(125);
      expect(ended.stderr).toMatch(new RegExp(`^tsdocker: cannot start \\S+: taking hold of /${name} failed: ELOOP`));
    }
    expect(hostState(store.root)).toEqual(before);
  },
);

test.each([
  ['dev/pts', ''],
  ['dev/shm', ''],
  ['dev/mqueue', ''],
  ['sys/fs/cgroup', ''],
  ['etc', ''],
  ['etc/hosts', '/file'],
  ['etc/hostname', '/file'],
  ['etc/resolv.conf', '/file'],
  ['dev/null', '/file'],
  ['dev/console', '/file'],
])(
  'CVE-2021-30465: an image whose /%s is a link has nothing mounted on what it leads to on the host',
  async (name, target) => {
    const inner = join(folder, 'inner');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, 'file'), 'untouched');
    const linkname = `${'../'.repeat(20)}${inner.slice(1)}${target}`;
    const reference = await image(`inner-${name.replaceAll(/[/.]/g, '-')}`, [{ name, type: 'symlink', linkname }]);
    const before = hostState(store.root);
    const { status, stderr } = run(reference, 'true');
    if (status !== 0)
      expect({ status, stderr }).toEqual({ status: 125, stderr: expect.stringMatching(/^tsdocker: .*\n/) });
    expect(readdirSync(inner)).toEqual(['file']);
    expect(readFileSync(join(inner, 'file'), 'utf8')).toBe('untouched');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(inner);
    expect(placesOf(hostState(store.root))).toEqual(placesOf(before));
  },
);

test.each(['proc', 'sys', 'dev'])(
  'CVE-2023-27561: an image whose /%s is a file, or links to itself, does not run without it',
  async (name) => {
    for (const entry of [
      { name, body: 'x' },
      { name, type: 'symlink', linkname: name },
      { name, type: 'fifo' },
    ] as const) {
      const reference = await image(`not-${name}-${'type' in entry ? entry.type : 'file'}`, [entry]);
      const { status, stderr, stdout } = run(reference, 'true');
      expect({ status, stdout, stderr }).toEqual({
        status: 125,
        stdout: '',
        stderr: expect.stringMatching(/^tsdocker: .*\n/),
      });
    }
  },
);

test('CVE-2019-16884: volumes of an image do not take the place of /proc', async () => {
  for (const volume of ['/proc', '/sys', '/proc/self', '/']) {
    const reference = await image(`volume${volume.replaceAll('/', '-')}x`, [], { Volumes: { [volume]: {} } });
    const { status, stdout } = run(reference, 'cat', '/proc/self/comm');
    if (status === 0) expect(stdout).toBe('cat\n');
    else expect(status).toBe(125);
  }
});

test('device nodes of an image are there and cannot be opened, nor be made', async () => {
  const node = (name: string, type: 'character-device' | 'block-device', devmajor: number, devminor: number) =>
    ({ name, type, devmajor, devminor, mode: 0o666 }) as const;
  const reference = await image('devices', [
    node('kmsg', 'character-device', 1, 11),
    node('mem', 'character-device', 1, 1),
    node('disk', 'block-device', 7, 0),
    node('fuse', 'character-device', 10, 229),
  ]);
  for (const name of ['kmsg', 'mem', 'disk', 'fuse']) {
    const { status, stdout, stderr } = run(
      reference,
      'sh',
      '-c',
      `[ -e /${name} ] && cat < /${name} | true; : < /${name}`,
    );
    expect({ name, status: status === 0, stdout, stderr }).toEqual({
      name,
      status: false,
      stdout: '',
      stderr: expect.stringMatching(/can't open|permitted|denied/),
    });
  }
});

test('CVE-2024-21626: no working directory leads to a folder of the host through a leaked descriptor', async () => {
  for (let descriptor = 3; descriptor < 24; descriptor++) {
    const reference = await image(`fd-${descriptor}`, [], { WorkingDir: `/proc/self/fd/${descriptor}` });
    const ended = run(reference, 'sh', '-c', 'cat ../../../../etc/shadow; ls ../../../../root 2>/dev/null');
    expect(ended.status, ended.stderr).toBe(125);
    expect(ended.stdout).toBe('');
  }
});

test('the command finds no descriptor but the standard three', async () => {
  const reference = await image('descriptors', []);
  // ls itself has one more, the folder that it lists.
  expect(run(reference, 'ls', '/proc/self/fd').stdout).toBe('0\n1\n2\n3\n');
  expect(run(reference, 'readlink', '/proc/self/fd/3').stdout).toBe('');
});

test('CVE-2019-5736: the shim’s program cannot be written to through /proc', async () => {
  const reference = await image('exe', []);
  const { spawn } = await import('node:child_process');
  const { once } = await import('node:events');
  const { program } = await import('../support/tsdocker.ts');
  const client = spawn(program, ['run', '--rm', '-i', '--network', 'none', reference, 'cat'], {
    env: { PATH: process.env.PATH, TSDOCKER_ROOT: store.root },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  while (store.tsdocker('ps', '-q').stdout === '') await new Promise((resolve) => setTimeout(resolve, 25));
  const id = store.tsdocker('ps', '-q', '--no-trunc').stdout.trim();
  const shim = readdirSync('/proc').find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`tsdocker-shim\0${id}`);
    } catch {
      return false;
    }
  });
  expect(shim).toBeDefined();
  // The attack: take hold of it while it runs, wait until it no longer does, then open it for writing.
  const held = openSync(`/proc/${shim}/exe`, 'r');
  client.stdin.end();
  await once(client, 'exit');
  while (existsSync(`/proc/${shim}/cmdline`) && readFileSync(`/proc/${shim}/cmdline`, 'utf8') !== '')
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect(() => openSync(`/proc/self/fd/${held}`, 'r+')).toThrow(/EROFS/);
  closeSync(held);
});

test('a command or interpreter of /proc/self/exe does nothing to our programs', async () => {
  const native = join(import.meta.dirname, '../../native/build', process.arch === 'arm64' ? 'aarch64' : 'x86_64');
  const programs = () => readdirSync(native).map((name) => readFileSync(join(native, name)).toString('base64'));
  const before = programs();
  const reference = await image('self', [{ name: 'script', mode: 0o755, body: '#!/proc/self/exe\n' }]);
  expect(run(reference, '/proc/self/exe').status).toBe(127);
  expect(run(reference, '/script').stdout).toBe('');
  expect(programs()).toEqual(before);
});

test('a device or fifo in the place of /etc/passwd is not opened', async () => {
  for (const [name, entry] of [
    ['fifo', { name: 'etc/passwd', type: 'fifo', mode: 0o644 }],
    ['device', { name: 'etc/passwd', type: 'character-device', devmajor: 1, devminor: 5, mode: 0o644 }],
    ['link', { name: 'etc/passwd', type: 'symlink', linkname: '/proc/1/environ' }],
  ] as const) {
    const reference = await image(`passwd-${name}`, [entry]);
    expect(run(reference, 'true').status).toBe(0);
    expect(run('-u', 'web', reference, 'true').stderr).toMatch(/there is no user web/);
  }
});

test('a mount target that is a link stays inside the container', async () => {
  const mounted = join(folder, 'mounted');
  mkdirSync(mounted);
  const reference = await image('target', [
    { name: 'place', type: 'symlink', linkname: '/../../../../../../../etc' },
    { name: 'etc', type: 'directory', mode: 0o755 },
  ]);
  const ended = run('-v', `${mounted}:/place/new`, reference, 'ls', '/etc');
  expect(ended).toMatchObject({ status: 0 });
  expect(ended.stdout).toContain('new\n');
  expect(readdirSync('/etc')).not.toContain('new');
});
