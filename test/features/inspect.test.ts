// tsdocker inspect: images in the shape that Docker gives them, and containers, compared with Docker 20.10 key by key.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pullImage } from '../../src/engine/pull.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import { parseReference } from '../../src/image/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { type Background, startBackground } from '../support/background.ts';
import { type FixtureImage, hostArchitecture, makeOciLayout } from '../support/image-fixture.ts';
import { layoutSource } from '../support/layout-source.ts';
import { makeStore, type TestStore } from '../support/tsdocker.ts';

const name = 'localhost/inspected';
let store: TestStore;
let folder: string;
let image: FixtureImage;
beforeAll(async () => {
  store = makeStore();
  folder = mkdtempSync(join(tmpdir(), 'tsdocker-inspect-'));
  const layout = await makeOciLayout(join(folder, 'layout'), {
    layers: [[{ name: 'a', body: 'one' }], [{ name: 'b', body: 'two' }]],
    config: {
      Cmd: ['/a', 'b'],
      Env: ['A=b'],
      Labels: { 'z.last': '\u001b[2J\u009b2J', 'a.first': 'yes', __proto__: 'own' },
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['CMD', 'true'] },
      Hostile: 'unknown fields are left out',
    },
    alter: (config) => ({
      ...config,
      author: 'someone',
      history: [{}, { comment: 'made by hand', created_by: 'ADD' }],
    }),
  });
  image = layout.images[0]!;
  using opened = openStore(store.root);
  await pullImage(opened, layoutSource(layout), parseReference(name), { platform: hostPlatform() });
});
afterAll(() => {
  store[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

test('an image is told of in the shape of Docker’s API', () => {
  const { status, stdout } = store.tsdocker('inspect', name);
  expect(status).toBe(0);
  const [found, ...more] = JSON.parse(stdout);
  expect(more).toEqual([]);
  expect(found).toMatchObject({
    Id: image.config.digest,
    RepoTags: [`${name}:latest`],
    Parent: '',
    Comment: 'made by hand',
    Created: '1970-01-01T00:00:00Z',
    Author: 'someone',
    Architecture: hostArchitecture.architecture,
    Os: 'linux',
    RootFS: { Type: 'layers', Layers: image.diffIDs },
  });
  expect(Array.isArray(found.RepoDigests)).toBe(true);
  expect(found.Size).toBeGreaterThanOrEqual(6);
  expect(found.GraphDriver.Data.LowerDirs.split(':')).toHaveLength(2);
  expect(Object.entries(found.Config)).toEqual([
    ['Hostname', ''],
    ['Domainname', ''],
    ['User', ''],
    ['AttachStdin', false],
    ['AttachStdout', false],
    ['AttachStderr', false],
    ['ExposedPorts', { '80/tcp': {} }],
    ['Tty', false],
    ['OpenStdin', false],
    ['StdinOnce', false],
    ['Env', ['A=b']],
    ['Cmd', ['/a', 'b']],
    ['Healthcheck', { Test: ['CMD', 'true'] }],
    ['Image', ''],
    ['Volumes', null],
    ['WorkingDir', ''],
    ['Entrypoint', null],
    ['OnBuild', null],
    ['Labels', { 'a.first': 'yes', 'z.last': '\u001b[2J\u009b2J' }],
  ]);
});

test('nothing of an image can act on the terminal', () => {
  const { stdout } = store.tsdocker('inspect', name);
  expect(stdout).toContain('"z.last": "\\u001b[2J\\u009b2J"');
  for (const character of '\u001b\u009b') expect(stdout).not.toContain(character);
});

test('a template picks what is wanted, labels with dots in their names too', () => {
  const picked = (template: string) => store.tsdocker('image', 'inspect', '-f', template, name).stdout;
  expect(picked('{{.Id}}')).toBe(`${image.config.digest}\n`);
  expect(picked('{{json .Config.Cmd}} {{.Os}}')).toBe('["/a","b"] linux\n');
  expect(picked('{{index .Config.Labels "a.first"}}')).toBe('yes\n');
  expect(picked('{{len .RootFS.Layers}}')).toBe('2\n');
  expect(JSON.parse(picked('json'))).toMatchObject({ Id: image.config.digest });
  const { status, stderr } = store.tsdocker('inspect', '-f', '{{.Nope}}', name);
  expect(status).toBe(125);
  expect(stderr).toMatch(/^tsdocker: .*Nope/);
});

test('of several names those that are there are printed, and the others complained of', () => {
  const { status, stdout, stderr } = store.tsdocker('inspect', 'nix', name, 'nil', image.config.digest);
  expect(status).toBe(125);
  expect(JSON.parse(stdout).map(({ Id }: { Id: string }) => Id)).toEqual([image.config.digest, image.config.digest]);
  expect(stderr.match(/^tsdocker: there is no container, image or network (nix|nil)$/gm)).toHaveLength(2);
  expect(store.tsdocker('image', 'inspect', 'none')).toMatchObject({
    status: 125,
    stdout: '[]\n',
    stderr: 'tsdocker: there is no image none in the store\n  hint: tsdocker images lists them all\n',
  });
  expect(store.tsdocker('inspect', '-f', '{{.Id}}', 'nix').stdout).toBe('');
});

test('a container is found as well, before an image of its name, and --type says which is meant', () => {
  const run = store.tsdocker('run', '--name', 'one', '--network', 'none', 'localhost/busybox', 'sh', '-c', 'exit 7');
  expect(run.status).toBe(7);
  const [container] = JSON.parse(store.tsdocker('inspect', 'one').stdout);
  expect(container).toMatchObject({
    Name: '/one',
    Path: 'sh',
    Args: ['-c', 'exit 7'],
    State: { Status: 'exited', Running: false, ExitCode: 7, OOMKilled: false, Pid: 0 },
    Config: { Image: 'localhost/busybox' },
  });
  expect(container.Image).toBe(store.tsdocker('inspect', '-f', '{{.Id}}', 'localhost/busybox').stdout.trim());
  expect(store.tsdocker('inspect', '--type', 'image', 'one').stderr).toMatch(/^tsdocker: there is no image one /);
  expect(store.tsdocker('inspect', '--type', 'container', name).status).toBe(125);
  expect(store.tsdocker('image', 'inspect', 'one').status).toBe(125);
  expect(store.tsdocker('inspect', '--type', 'volume', name).stderr).toMatch(
    /^tsdocker: there is nothing of the type "volume" to inspect\n/,
  );
});

/** Docker 20.10's, in its order; those it leaves out where there is nothing to say stand behind a question mark. */
const containerKeys =
  'Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform MountLabel ' +
  'ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config NetworkSettings';
const stateKeys = 'Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt';
const hostConfigKeys =
  'Binds ContainerIDFile LogConfig NetworkMode PortBindings RestartPolicy AutoRemove VolumeDriver VolumesFrom CapAdd CapDrop ' +
  'CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup Links OomScoreAdj PidMode Privileged ' +
  'PublishAllPorts ReadonlyRootfs SecurityOpt ?Tmpfs UTSMode UsernsMode ShmSize ?Sysctls Runtime ConsoleSize Isolation ' +
  'CpuShares Memory NanoCpus CgroupParent BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps ' +
  'BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus CpusetMems ' +
  'Devices DeviceCgroupRules DeviceRequests KernelMemory KernelMemoryTCP MemoryReservation MemorySwap MemorySwappiness ' +
  'OomKillDisable PidsLimit Ulimits CpuCount CpuPercent IOMaximumIOps IOMaximumBandwidth ?Mounts MaskedPaths ReadonlyPaths ?Init';
const configKeys =
  'Hostname Domainname User AttachStdin AttachStdout AttachStderr ?ExposedPorts Tty OpenStdin StdinOnce Env Cmd ?Healthcheck ' +
  'Image Volumes WorkingDir Entrypoint OnBuild Labels ?StopSignal ?StopTimeout';
const least = (keys: string) => keys.split(' ').filter((key) => !key.startsWith('?'));
const all = (keys: string) => keys.split(' ').map((key) => key.replace('?', ''));

describe('a container', () => {
  let background: Background;
  const inspected = (...words: string[]) => JSON.parse(store.tsdocker('container', 'inspect', ...words).stdout)[0];

  beforeAll(async () => {
    mkdirSync(join(folder, 'shared'));
    const flags = `--name whole -v ${folder}/shared:/shared:ro -v /kept --tmpfs /quick:size=1m -l own=yes
      --mount type=bind,source=${folder}/shared,target=/again --ulimit nofile=50:90 --device /dev/null:/dev/nothing
      --cap-add NET_ADMIN --cap-drop MKNOD --security-opt no-new-privileges --sysctl net.ipv4.ip_forward=1 --stop-timeout 5
      --stop-signal INT -w /tmp -e A=own --restart on-failure:3 --log-opt max-size=10m --log-opt max-file=3 -u 0:0 --init
      --health-cmd true --health-interval 2s --group-add 7 --hostname given --oom-score-adj 10`;
    background = await startBackground(store.root, 'localhost/busybox', ':', ...flags.split(/\s+/));
    expect(
      store.tsdocker('run', '--name', 'plain', '--network', 'none', 'localhost/busybox', 'sh', '-c', 'echo x >/x')
        .status,
    ).toBe(0);
  });
  afterAll(async () => {
    store.tsdocker('rm', '-f', 'whole');
    await background.end();
  });

  test('has Docker’s fields, in its order', () => {
    const plain = inspected('plain');
    expect(Object.keys(plain)).toEqual(least(containerKeys));
    expect(Object.keys(plain.State)).toEqual(least(stateKeys));
    expect(Object.keys(plain.HostConfig)).toEqual(least(hostConfigKeys));
    expect(Object.keys(plain.Config)).toEqual(least(configKeys));
    const whole = inspected('whole');
    expect(Object.keys(whole)).toEqual(all(containerKeys));
    expect(Object.keys(whole.HostConfig)).toEqual(all(hostConfigKeys));
    expect(Object.keys(whole.Config)).toEqual(all(configKeys).filter((key) => key !== 'ExposedPorts'));
  });

  test('says what was asked for', () => {
    const { HostConfig, Config, Mounts } = inspected('whole');
    expect(HostConfig).toMatchObject({
      Binds: [`${folder}/shared:/shared:ro`],
      LogConfig: { Type: 'json-file', Config: { 'max-file': '3', 'max-size': '10000000' } },
      NetworkMode: 'none',
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      CapAdd: ['NET_ADMIN'],
      CapDrop: ['MKNOD'],
      GroupAdd: ['7'],
      OomScoreAdj: 10,
      SecurityOpt: ['no-new-privileges'],
      Tmpfs: { '/quick': 'size=1m' },
      Sysctls: { 'net.ipv4.ip_forward': '1' },
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'rwm' }],
      Ulimits: [{ Name: 'nofile', Hard: 90, Soft: 50 }],
      Mounts: [{ Type: 'bind', Source: `${folder}/shared`, Target: '/again' }],
      Init: true,
    });
    expect(HostConfig.MaskedPaths).toContain('/proc/kcore');
    expect(Config).toMatchObject({
      Hostname: 'given',
      User: '0:0',
      AttachStdin: true,
      OpenStdin: true,
      Tty: false,
      Cmd: ['sh', '-c', ':; echo ready; cat >/dev/null'],
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 2_000_000_000 },
      Image: 'localhost/busybox',
      Volumes: { '/kept': {} },
      WorkingDir: '/tmp',
      Entrypoint: null,
      Labels: { own: 'yes' },
      StopSignal: 'SIGINT',
      StopTimeout: 5,
    });
    expect(Config.Env[0]).toBe('A=own');
    expect(Mounts).toEqual([
      { Type: 'bind', Source: `${folder}/shared`, Destination: '/again', Mode: '', RW: true, Propagation: 'rprivate' },
      {
        Type: 'volume',
        Name: '',
        Source: expect.stringContaining('/upper/kept'),
        Destination: '/kept',
        Driver: 'local',
        Mode: '',
        RW: true,
        Propagation: '',
      },
      {
        Type: 'bind',
        Source: `${folder}/shared`,
        Destination: '/shared',
        Mode: 'ro',
        RW: false,
        Propagation: 'rprivate',
      },
    ]);
  });

  test('that runs says so', () => {
    const { State, NetworkSettings, Id, LogPath, HostnamePath } = inspected('whole');
    expect(State).toMatchObject({
      Status: 'running',
      Running: true,
      Paused: false,
      Restarting: false,
      Pid: background.pid,
      ExitCode: 0,
      Error: '',
      FinishedAt: '0001-01-01T00:00:00Z',
    });
    expect(Date.parse(State.StartedAt)).toBeGreaterThan(Date.now() - 600_000);
    expect(NetworkSettings.SandboxKey).toBe(`/proc/${background.pid}/ns/net`);
    expect(Object.keys(NetworkSettings.Networks)).toEqual(['none']);
    expect(LogPath).toBe(join(store.root, 'container', Id, `${Id}-json.log`));
    expect(readFileSync(HostnamePath, 'utf8')).toBe('given\n');
  });

  test('that ended keeps its times, and with -s says how much it has written', () => {
    const { State, SizeRw, SizeRootFs, ...rest } = inspected('-s', 'plain');
    expect(State).toMatchObject({ Status: 'exited', Running: false, Pid: 0, ExitCode: 0 });
    expect(Date.parse(State.FinishedAt)).toBeGreaterThanOrEqual(Date.parse(State.StartedAt));
    expect(State).not.toHaveProperty('Health');
    expect(SizeRw).toBe(2);
    expect(SizeRootFs).toBeGreaterThan(1_000_000);
    expect(rest.NetworkSettings.SandboxKey).toBe('');
    expect(inspected('plain')).not.toHaveProperty('SizeRw');
  });

  test('is taken apart by templates, labels and mounts too', () => {
    const picked = (template: string) => store.tsdocker('inspect', '-f', template, 'whole').stdout;
    expect(picked('{{.State.Running}} {{.HostConfig.RestartPolicy.Name}}')).toBe('true on-failure\n');
    expect(picked('{{index .Config.Labels "own"}} {{.Config.Labels.none}}')).toBe('yes <no value>\n');
    expect(picked('{{range .Mounts}}{{.Destination}} {{end}}')).toBe('/again /kept /shared \n');
    expect(picked('{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}')).toBe('none\n');
    expect(picked('{{index .HostConfig.LogConfig.Config "max-file"}}{{len .NetworkSettings.Ports}}')).toBe('30\n');
  });
});
