import { describe, expect, test } from 'vitest';
import { programLines, programSteps } from '../../test/support/program-lines.ts';
import {
  buildRoot,
  enterRoot,
  featuresOf,
  freezeRoot,
  mapOwners,
  type OverlayRoot,
  openUserNamespace,
} from './root.ts';

const root: OverlayRoot = {
  layers: ['/l/2', '/l/1'],
  upper: '/b/upper',
  work: '/b/work',
  target: '/b/rootfs',
  bundle: '/b',
  inLayerNamespace: false,
  discard: false,
};
const recent = featuresOf('6.12.0');
const old = featuresOf('5.15.0');

describe('what a kernel offers', () => {
  test.each([
    ['6.8.0', true],
    ['6.12.3-amd64', true],
    ['7.0', true],
    ['6.7.12', false],
    ['5.14.0', false],
    ['5.15.0-91-generic', false],
    ['6.8-rc1', true],
  ])('%s gives the overlay its layers one by one: %s', (release, expected) => {
    expect(featuresOf(release).overlayLowerdirPlus).toBe(expected);
  });

  test.each(['5.13.19', '4.19.0', '3.10.0-1160.el7', '', 'nonsense'])('%j is too old', (release) => {
    expect(() => featuresOf(release)).toThrow(
      expect.objectContaining({ code: 'unsupported', hint: 'tsdocker needs Linux 5.14 or newer' }),
    );
  });
});

describe('an overlay', () => {
  test('is built of the layers, the topmost first, without a mount of the host’s', () => {
    expect(programLines((program) => buildRoot(program, root, recent, undefined))).toEqual([
      'fsopen("overlay", FSOPEN_CLOEXEC) = <overlay>',
      'fsconfig(<overlay>, FSCONFIG_SET_STRING, "source", "overlay", 0)',
      'fsconfig(<overlay>, FSCONFIG_SET_STRING, "lowerdir+", "/l/2", 0)',
      'fsconfig(<overlay>, FSCONFIG_SET_STRING, "lowerdir+", "/l/1", 0)',
      'fsconfig(<overlay>, FSCONFIG_SET_STRING, "upperdir", "/b/upper", 0)',
      'fsconfig(<overlay>, FSCONFIG_SET_STRING, "workdir", "/b/work", 0)',
      'fsconfig(<overlay>, FSCONFIG_CMD_CREATE, 0, 0, 0)',
      'fsmount(<overlay>, FSMOUNT_CLOEXEC, 0) = <root>',
    ]);
  });

  test('is not synced where it is discarded', () => {
    const lines = programLines((program) => buildRoot(program, { ...root, discard: true }, recent, undefined));
    expect(lines).toContain('fsconfig(<overlay>, FSCONFIG_SET_FLAG, "volatile", 0, 0)');
    expect(lines.findIndex((line) => line.includes('volatile'))).toBeLessThan(
      lines.findIndex((line) => line.includes('FSCONFIG_CMD_CREATE')),
    );
  });

  test('is created as the user namespace’s root, and only that', () => {
    const writer = { uid: 100_000, gid: 200_000, capabilities: 0x3n };
    const lines = programLines((program) => buildRoot(program, root, recent, writer));
    expect(lines.slice(-7)).toEqual([
      'setfsgid(200000)',
      'setfsuid(100000)',
      'capset({_LINUX_CAPABILITY_VERSION_3, 0}, {effective=0x3, permitted=0x3, inheritable=0x0})',
      'fsconfig(<overlay>, FSCONFIG_CMD_CREATE, 0, 0, 0)',
      'setfsuid(0)',
      'setfsgid(0)',
      'fsmount(<overlay>, FSMOUNT_CLOEXEC, 0) = <root>',
    ]);
  });

  test('of a path longer than the kernel takes is refused before anything is made', () => {
    const layer = (length: number) => ({ ...root, layers: [`/${'x'.repeat(length - 1)}`] });
    expect(() => programLines((program) => buildRoot(program, layer(255), recent, undefined))).not.toThrow();
    expect(() => programLines((program) => buildRoot(program, layer(256), recent, undefined))).toThrow(
      expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining('--root') }),
    );
    const wide = { ...root, upper: `/${'ä'.repeat(130)}` };
    expect(() => programLines((program) => buildRoot(program, wide, recent, undefined))).toThrow('is too long');
  });
});

describe('entering the root', () => {
  const pivot = ['chdir("/b/rootfs")', 'pivot_root(".", ".")', 'umount2(".", MNT_DETACH)', 'chdir("/")'];
  const makePrivate = 'mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, {propagation=MS_PRIVATE}, 32)';

  test('attaches the overlay in a mount namespace that spreads nothing, and leaves the host’s tree', () => {
    const overlay = { kind: 'result', step: 0, name: 'root' } as const;
    expect(programLines((program) => enterRoot(program, root, overlay))).toEqual([
      makePrivate,
      'move_mount(<root>, "", AT_FDCWD, "/b/rootfs", MOVE_MOUNT_F_EMPTY_PATH)',
      ...pivot,
    ]);
  });

  test('mounts it the old way on an old kernel', () => {
    const lines = (discard: boolean) =>
      programLines((program) => {
        const overlay = buildRoot(program, { ...root, discard }, old, undefined);
        expect(overlay).toBeUndefined();
        enterRoot(program, { ...root, discard }, overlay);
      });
    const options = 'lowerdir=/l/2:/l/1,upperdir=/b/upper,workdir=/b/work';
    expect(lines(false)).toEqual([makePrivate, `mount("overlay", "/b/rootfs", "overlay", 0, "${options}")`, ...pivot]);
    expect(lines(true)[1]).toBe(`mount("overlay", "/b/rootfs", "overlay", 0, "${options},volatile")`);
  });

  test('the old way refuses what does not fit into a page', () => {
    const layers = Array.from({ length: 100 }, (_, index) => `/layers/${String(index).padStart(64, '0')}`);
    expect(() => programLines((program) => enterRoot(program, { ...root, layers }, undefined))).toThrow(
      expect.objectContaining({ code: 'unsupported', message: 'this kernel cannot mount an image of 100 layers' }),
    );
  });

  test.each(['/b:ad', '/b,ad', '/b\\ad'])('the old way refuses %s, which would end a path before its end', (layer) => {
    expect(() => programLines((program) => enterRoot(program, { ...root, layers: [layer] }, undefined))).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });
});

test('owners are mapped in a mount namespace of the helper’s own, layer by layer and in the bundle', () => {
  const build = (program: Parameters<Parameters<typeof programLines>[0]>[0]) =>
    mapOwners(program, ['/l/1', '/b'], openUserNamespace(program, '/proc/7/ns/user'));
  expect(programLines(build)).toMatchInlineSnapshot(`
    [
      "openat(AT_FDCWD, "/proc/7/ns/user", O_RDONLY|O_CLOEXEC, 0) = <user>",
      "unshare(CLONE_NEWNS)",
      "mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, {propagation=MS_PRIVATE}, 32)",
      "open_tree(AT_FDCWD, "/l/1", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC) = </l/1>",
      "mount_setattr(</l/1>, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_IDMAP, userns_fd=<user>}, 32)",
      "move_mount(</l/1>, "", AT_FDCWD, "/l/1", MOVE_MOUNT_F_EMPTY_PATH)",
      "open_tree(AT_FDCWD, "/b", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC) = </b>",
      "mount_setattr(</b>, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_IDMAP, userns_fd=<user>}, 32)",
      "move_mount(</b>, "", AT_FDCWD, "/b", MOVE_MOUNT_F_EMPTY_PATH)",
    ]
  `);
  const [open] = programSteps(build);
  expect(open!.store?.at).toBe(24);
});

test('a root becomes read-only alone: what is mounted in it stays as it is', () => {
  expect(programLines(freezeRoot)).toEqual(['mount_setattr(AT_FDCWD, "/", 0, {attr_set=MOUNT_ATTR_RDONLY}, 32)']);
});
