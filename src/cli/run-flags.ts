// The flags of `run` and `create`: spelling and meaning are Docker's (docker run --help), where it has them.
import type { Flag, Verb } from './flags.ts';

const list = (name: string, value: string, summary: string, short?: string): Flag => ({
  name,
  kind: 'list',
  value,
  summary,
  ...(short && { short }),
});
const value = (name: string, shown: string, summary: string, short?: string): Flag => ({
  name,
  kind: 'value',
  value: shown,
  summary,
  ...(short && { short }),
});
const toggle = (name: string, summary: string, short?: string): Flag => ({
  name,
  kind: 'switch',
  summary,
  ...(short && { short }),
});

const alias = (flag: Flag, name: string): Flag => {
  const { short: _, ...rest } = flag;
  return { ...rest, name, aliasOf: flag.name };
};

const network = list(
  'network',
  'network',
  'Network to be in: a name, none, host or container:NAME; NAME:ip=…,alias=… for more',
);
const dnsOption = list('dns-option', 'option', 'Option of resolv.conf');
const volume = list('volume', 'source:target', 'Bind a file or folder of the host, or keep storage at a path', 'v');

/** What becomes of the caller: of no use to `create`. */
const client = [
  toggle('detach', 'Leave the container on its own and print its id', 'd'),
  value('detach-keys', 'keys', 'Keys that leave the terminal (default ctrl-p,ctrl-q)'),
  toggle('sig-proxy', 'Pass signals on to the container (default true)'),
  {
    name: 'explain',
    kind: 'value',
    value: 'text|json',
    implied: 'text',
    summary: 'Print the launch program and start nothing',
  } as Flag,
];

const process = [
  toggle('interactive', 'Keep the standard input open', 'i'),
  toggle('tty', 'Give the container a terminal', 't'),
  list('attach', 'stream', 'Attach to stdin, stdout or stderr only', 'a'),
  list('env', 'name=value', 'Set an environment variable', 'e'),
  list('env-file', 'file', 'Set environment variables from a file'),
  value('workdir', 'path', 'Working directory in the container', 'w'),
  value('user', 'user[:group]', 'User, by name or id', 'u'),
  list('group-add', 'group', 'Add a supplementary group'),
  value('entrypoint', 'command', 'Replace the image’s entrypoint'),
  toggle('init', 'Run a small init as the first process, which reaps and passes signals on'),
  value('stop-signal', 'signal', 'Signal that stops the container'),
  value('stop-timeout', 'seconds', 'How long stop waits before it kills; -1 for ever (default 10)'),
  list('ulimit', 'name=soft[:hard]', 'Set a resource limit'),
  value('oom-score-adj', 'number', 'How soon the kernel ends it for want of memory (-1000 to 1000)'),
];

const container = [
  value('name', 'name', 'Name of the container'),
  toggle('rm', 'Remove the container when it ends'),
  value(
    'restart',
    'policy',
    'Start it again when it ends: no, on-failure[:times], always or unless-stopped (default no)',
  ),
  value('cidfile', 'file', 'Write the container’s id to a file'),
  list('label', 'name=value', 'Set a label', 'l'),
  list('label-file', 'file', 'Set labels from a file'),
  value('log-driver', 'json-file|none', 'Where output is kept (default json-file)'),
  list('log-opt', 'name=value', 'Bounds of what is kept: max-size=10m, max-file=3'),
  value('pull', 'policy', 'Pull the image: always, missing or never (default missing)'),
  value('platform', 'platform', 'Platform of the image, such as linux/arm64'),
  list('plain-http', 'host', 'Speak plain http with this registry'),
  list('mirror', 'host=url', 'Try this mirror of a registry first'),
];

const health = [
  value('health-cmd', 'command', 'Command that says whether the container is well'),
  value('health-interval', 'time', 'Time between two checks (default 30s)'),
  value('health-timeout', 'time', 'Time a check may take (default 30s)'),
  value('health-retries', 'number', 'Failed checks in a row that make it unhealthy (default 3)'),
  value('health-start-period', 'time', 'Time to start in, during which failed checks do not count (default 0s)'),
  value('health-start-interval', 'time', 'Time between two checks while it starts (default 5s)'),
  toggle('no-healthcheck', 'Do without the image’s health check'),
];

const files = [
  volume,
  list('mount', 'fields', 'Bind a file or folder, or mount a tmpfs: type=…,source=…,target=…'),
  list('tmpfs', 'path[:options]', 'Mount a tmpfs'),
  toggle('read-only', 'Make the root read-only'),
  list('device', 'device', 'Give the container a device of the host'),
  value('shm-size', 'bytes', 'Size of /dev/shm (default 64m)'),
];

const networks = [
  network,
  alias(network, 'net'),
  value('ip', 'address', 'IPv4 address in the first network'),
  value('ip6', 'address', 'IPv6 address in the first network'),
  value('mac-address', 'address', 'Address of the interface in the first network'),
  list('network-alias', 'name', 'Another name in the first network'),
  list('publish', '[[address:]host:]port[/udp]', 'Have a port of the host lead to one of the container', 'p'),
  toggle('publish-all', 'Publish every exposed port, each at a free port of the host', 'P'),
  list('expose', 'port', 'Say that a port is listened at'),
  list('dns', 'address', 'Ask this name server'),
  list('dns-search', 'domain', 'Look up short names in this domain; . for none'),
  dnsOption,
  alias(dnsOption, 'dns-opt'),
  list('add-host', 'name:address', 'Add a line to /etc/hosts; the address may be host-gateway'),
];

const isolation = [
  value('hostname', 'name', 'Host name of the container', 'h'),
  value('domainname', 'name', 'Domain name of the container'),
  value('pid', 'mode', 'PID namespace: private or host'),
  value('ipc', 'mode', 'IPC namespace: private, shareable, none or host'),
  value('uts', 'mode', 'UTS namespace: private or host'),
  value('cgroupns', 'mode', 'Cgroup namespace: private or host'),
  list('uidmap', 'container:host:size', 'User namespace: map user ids'),
  list('gidmap', 'container:host:size', 'User namespace: map group ids (default as --uidmap)'),
  list('cap-add', 'capability', 'Add a capability'),
  list('cap-drop', 'capability', 'Drop a capability'),
  list('security-opt', 'option', 'no-new-privileges, seccomp=…, systempaths=unconfined'),
  toggle('privileged', 'Give the container all that we have'),
  list('sysctl', 'name=value', 'Set a kernel setting of its namespaces'),
];

const limits = [
  value('memory', 'bytes', 'Memory limit', 'm'),
  value('memory-swap', 'bytes', 'Limit of memory and swap together; -1 for any amount of swap'),
  value('memory-reservation', 'bytes', 'Memory that is not taken away under pressure'),
  value('cpus', 'number', 'CPUs’ worth of time'),
  value('cpu-shares', 'number', 'Relative weight of cpu time', 'c'),
  value('cpu-period', 'microseconds', 'Period against which the quota counts'),
  value('cpu-quota', 'microseconds', 'Time in each period'),
  value('cpuset-cpus', 'list', 'CPUs to run on, such as 0-2'),
  value('cpuset-mems', 'list', 'Memory nodes to use'),
  value('pids-limit', 'number', 'Limit of processes; -1 for any number'),
];

const shared = [...process, ...container, ...health, ...files, ...networks, ...isolation, ...limits];

export const runVerb: Verb = {
  name: 'run',
  summary: 'Run a command in a new container',
  operands: 'IMAGE [COMMAND] [ARGUMENT…]',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  endsAtOperand: true,
  flags: [...client, ...shared],
  examples: [
    'tsdocker run --rm -it localhost/busybox sh',
    'tsdocker run -d --name web --restart unless-stopped --log-opt max-size=10m --log-opt max-file=3 localhost/web',
    'tsdocker run --rm --memory 64m --cpus 0.5 --pids-limit 32 --network none alpine sh -c "ulimit -a"',
    'tsdocker run --explain --network none localhost/busybox sh',
  ],
};

export const createVerb: Verb = {
  name: 'create',
  summary: 'Make a container without starting it',
  operands: 'IMAGE [COMMAND] [ARGUMENT…]',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  endsAtOperand: true,
  flags: shared,
  examples: ['tsdocker create --name web localhost/web'],
};
