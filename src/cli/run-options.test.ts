import { describe, expect, test } from 'vitest';
import { plainOptions } from '../../test/support/run-options.ts';
import { parseCommandLine } from './parse.ts';
import { createVerb, runVerb } from './run-flags.ts';
import { type Caller, runOptions } from './run-options.ts';

const caller: Caller = {
  cwd: '/home/ada',
  env: { HOME: '/root' },
  cpus: 4,
  memory: 2 ** 30,
  readFile: (path) => {
    if (path === 'my.labels') return '# mine\nA=file\nB=\nC\n';
    if (path === 'my.env') return 'A=file\nB=file\n';
    throw new Error('ENOENT');
  },
};

const optionsOf = (...words: string[]) => runOptions(parseCommandLine(runVerb, words), caller);

test('an image alone asks for what Docker gives by default', () => {
  expect(optionsOf('image')).toEqual(plainOptions);
});

test('each flag comes out in its field', () => {
  const words = `-it --rm --init --read-only --privileged --name web -u 1000:1000 -w /srv -h web --domainname example.org
    --group-add audio --cap-add NET_ADMIN --cap-drop ALL --security-opt no-new-privileges --network none --pid host --ipc none
    --cgroupns host -v /a:/b:ro -v /data --tmpfs /run --mount type=bind,src=/c,dst=/d --device /dev/fuse -m 64m --memory-swap 128m
    --memory-reservation 32m --cpus 1.5 -c 512 --cpuset-cpus 0-1 --cpuset-mems 0 --pids-limit 32 --ulimit nofile=5:9
    --shm-size 1m --sysctl net.ipv4.ip_forward=1 -l a=b --oom-score-adj -5 --stop-signal INT --pull never --platform linux/arm64
    --stop-timeout 7 --log-opt max-size=1k --log-opt max-file=2 --health-cmd true --health-retries 2
    -a STDOUT --sig-proxy=false --cidfile id --entrypoint sh -e X=1 -e HOME --plain-http localhost:5000 alpine -c exit`;
  expect(optionsOf(...words.split(/\s+/))).toMatchObject({
    image: 'alpine',
    command: ['-c', 'exit'],
    entrypoint: ['sh'],
    interactive: true,
    tty: true,
    rm: true,
    init: true,
    readOnly: true,
    privileged: true,
    name: 'web',
    user: '1000:1000',
    workdir: '/srv',
    hostname: 'web',
    domainname: 'example.org',
    groupAdd: ['audio'],
    capAdd: ['NET_ADMIN'],
    capDrop: ['ALL'],
    securityOpt: { noNewPrivileges: true },
    network: 'none',
    pid: 'host',
    ipc: 'none',
    cgroupns: 'host',
    mounts: [
      { source: '/a', target: '/b', readOnly: true, mustExist: false },
      { source: '/c', target: '/d', mustExist: true },
      { type: 'tmpfs', target: '/run' },
    ],
    volumes: ['/data'],
    devices: [{ path: '/dev/fuse', target: '/dev/fuse', access: 'rwm' }],
    memory: 64 * 2 ** 20,
    memorySwap: 128 * 2 ** 20,
    memoryReservation: 32 * 2 ** 20,
    cpus: 1.5,
    cpuShares: 512,
    cpusetCpus: '0-1',
    cpusetMems: '0',
    pidsLimit: 32,
    ulimits: [{ name: 'nofile', soft: 5, hard: 9 }],
    shmSize: 2 ** 20,
    sysctls: { 'net.ipv4.ip_forward': '1' },
    labels: { a: 'b' },
    oomScoreAdj: -5,
    stopSignal: 'SIGINT',
    stopTimeout: 7,
    log: { driver: 'json-file', maxSize: 1000, maxFile: 2 },
    health: { test: ['CMD-SHELL', 'true'], retries: 2 },
    pull: 'never',
    platform: 'linux/arm64',
    attach: ['stdout'],
    sigProxy: false,
    cidfile: 'id',
    env: ['X=1', 'HOME=/root'],
    registries: { plainHttp: ['localhost:5000'] },
  });
});

test('the flags of networks, ports and names are read together', () => {
  const line =
    '--network web --ip 192.0.2.9 --network-alias a -p 8080:80 -p 53/udp -P --expose 90-91 --dns 192.0.2.1 --dns-search x.test ' +
    '--dns-opt ndots:1 --dns-option rotate --add-host db=192.0.2.7 alpine';
  expect(optionsOf(...line.split(' '))).toMatchObject({
    network: { names: [{ name: 'web', aliases: ['a'], ip: '192.0.2.9' }] },
    publish: [
      { hostPort: 8080, port: 80, protocol: 'tcp' },
      { hostPort: 0, port: 53, protocol: 'udp' },
    ],
    publishAll: true,
    expose: ['90/tcp', '91/tcp'],
    dns: ['192.0.2.1'],
    dnsSearch: ['x.test'],
    dnsOptions: ['ndots:1', 'rotate'],
    extraHosts: ['db:192.0.2.7'],
  });
});

describe('as in Docker,', () => {
  test('--env wins over --env-file, wherever it stands', () => {
    expect(optionsOf('-e', 'A=flag', '--env-file', 'my.env', 'alpine').env).toEqual(['A=file', 'B=file', 'A=flag']);
  });

  test('--label wins over --label-file', () => {
    expect(optionsOf('-l', 'A=flag', '--label-file', 'my.labels', 'alpine').labels).toEqual({
      A: 'flag',
      B: '',
      C: '',
    });
  });

  test('--restart and --rm go together only where nothing is started again', () => {
    expect(optionsOf('--rm', '--restart', 'no', 'alpine').restart.name).toBe('no');
    expect(optionsOf('--restart', 'on-failure:2', 'alpine').restart).toEqual({ name: 'on-failure', maximum: 2 });
    expect(() => optionsOf('--rm', '--restart', 'always', 'alpine')).toThrow('--restart cannot be combined with --rm');
  });

  test('an empty entrypoint clears the image’s', () => {
    expect(optionsOf('--entrypoint', '', 'alpine').entrypoint).toEqual([]);
  });

  test('of a limit that is given twice the last one counts', () => {
    expect(optionsOf('--ulimit', 'nofile=1', '--ulimit', 'core=0', '--ulimit', 'nofile=2', 'alpine').ulimits).toEqual([
      { name: 'nofile', soft: 2, hard: 2 },
      { name: 'core', soft: 0, hard: 0 },
    ]);
  });

  test.each([
    'name',
    'user',
    'workdir',
    'hostname',
    'domainname',
    'pid',
    'ipc',
    'uts',
    'cgroupns',
    'cidfile',
    'stop-signal',
    'restart',
    'log-driver',
    'platform',
    'cpuset-cpus',
  ])('an empty --%s is as if it were not given', (flag) => {
    expect(optionsOf(`--${flag}=`, 'alpine')).toEqual(optionsOf('alpine'));
  });

  test.each([
    'memory',
    'memory-swap',
    'memory-reservation',
    'cpus',
    'cpu-shares',
    'cpu-period',
    'cpu-quota',
    'shm-size',
  ])('--%s 0 is as if it were not given', (flag) => {
    expect(optionsOf(`--${flag}=0`, 'alpine')).toEqual(optionsOf('alpine'));
  });

  test.each(['0', '-1'])('--pids-limit %s is any number', (limit) => {
    expect(optionsOf('--pids-limit', limit, 'alpine').pidsLimit).toBe(-1);
  });
});

test('groups are mapped as users are, unless told otherwise', () => {
  const map = { containerID: 0, hostID: 100_000, size: 65_536 };
  expect(optionsOf('--uidmap', '0:100000:65536', 'alpine')).toMatchObject({ uidMap: [map], gidMap: [map] });
  expect(optionsOf('--uidmap', '0:100000:65536', '--gidmap', '0:5:1', 'alpine').gidMap).toEqual([
    { containerID: 0, hostID: 5, size: 1 },
  ]);
});

describe('refuses', () => {
  test.each([
    ['--network host --network web', 'cannot attach both user-defined and non-user-defined network-modes'],
    ['--network container:web -p 80', 'conflicting options: port publishing and the container type network mode'],
    ['--network container:web -P', 'conflicting options: port publishing and the container type network mode'],
    ['--network container:web --expose 80', 'conflicting options: port exposing and the container type network mode'],
    ['--network container:web -h box', 'conflicting options: hostname and the network mode'],
    ['--network container:web --dns 192.0.2.1', 'conflicting options: dns and the network mode'],
    ['--network container:web --dns-search a', 'conflicting options: dns and the network mode'],
    ['--network container:web --add-host a:::1', 'conflicting options: custom host-to-IP mapping and the network mode'],
    [
      '--network container:web --mac-address 02:00:00:00:00:01',
      'conflicting options: mac-address and the network mode',
    ],
    ['--sysctl net.ipv4.ip_forward=1 --network container:web', 'would change another container’s'],
    ['--pid container:web', 'of --pid is not one of'],
    ['--label-file missing', 'the file missing of --label-file cannot be read'],
    ['--log-driver syslog', 'the value "syslog" of --log-driver is not known'],
    ['--stop-timeout -2', 'of --stop-timeout is not from -1'],
    ['-d -a stdout', '--detach cannot be combined with --attach'],
    ['--uts host --hostname web', '--hostname cannot be combined with --uts host'],
    ['--gidmap 0:1:1', '--gidmap needs --uidmap'],
    ['--name -x', 'of --name is not a name'],
    ['--cpus 5', 'of --cpus is not from 0.01 to 4'],
    ['--cpu-shares 1', 'of --cpu-shares is not from 2 to 262144'],
    ['--cpuset-cpus 4', 'of --cpuset-cpus names 4'],
    ['--memory 2g', 'of --memory is more than this machine has'],
    ['--memory twelve', 'of --memory is not a size'],
    ['--memory=', 'of --memory is not a size'],
    ['--pids-limit many', 'of --pids-limit is not a whole number'],
    ['--oom-score-adj 1001', 'of --oom-score-adj is not from -1000 to 1000'],
    ['--attach foo', 'of --attach is not one of stdin, stdout, stderr'],
    ['--pull sometimes', 'of --pull is not one of'],
    ['--env-file missing.env', 'the file missing.env of --env-file cannot be read'],
    ['--sysctl net.ipv4.ip_forward=1 --network host', 'as the network is shared'],
    ['-v /a:/x --tmpfs /x', 'two mounts have the same place /x in the container'],
    ['-v /a:/x --mount type=bind,src=/b,dst=/x/', 'two mounts have the same place /x in the container'],
    ['--platform x/y/z/w', 'x/y/z/w'],
  ])('%s', (line, message) => {
    expect(() => optionsOf(...line.split(' '), 'alpine')).toThrow(message);
  });
});

test('create takes the flags of run but for those about the caller', () => {
  const names = (flags: typeof runVerb.flags) => flags.map(({ name }) => name);
  const onlyRun = new Set(names(runVerb.flags)).difference(new Set(names(createVerb.flags)));
  expect([...onlyRun].sort()).toEqual(['detach', 'detach-keys', 'explain', 'sig-proxy']);
  expect(runOptions(parseCommandLine(createVerb, ['--rm', '-it', 'alpine', 'sh']), caller)).toEqual({
    ...plainOptions,
    image: 'alpine',
    command: ['sh'],
    rm: true,
    interactive: true,
    tty: true,
  });
});
