// A host of its own for tests of networks: namespaces joined by a switch, one of which runs the whole of tsdocker with a store,
// a /sys and a resolv.conf of its own. So tests run in parallel, and no bridge, rule or sysctl of the machine is touched.
//
//   far ── router ──┐          198.51.100.10, 2001:db8:2::10 behind 192.0.2.1, 2001:db8:1::1
//   client ─────────┤          192.0.2.10, 2001:db8:1::10
//   six ────────────┼── host   2001:db8:1::66 alone; the host is 192.0.2.2, 2001:db8:1::2
//   neighbour ──────┘          192.0.2.66, 2001:db8:1::67: sends what is for containers to the host
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { finish, makeStation, Station } from './network-station.ts';
import { type Ended, program } from './tsdocker.ts';

export const hostAddress = '192.0.2.2';
export const hostAddress6 = '2001:db8:1::2';
export const clientAddress = '192.0.2.10';
export const clientAddress6 = '2001:db8:1::10';

const addresses = {
  host: [`${hostAddress}/24`, `${hostAddress6}/64`],
  client: [`${clientAddress}/24`, `${clientAddress6}/64`],
  six: ['2001:db8:1::66/64'],
  neighbour: ['192.0.2.66/24', '2001:db8:1::67/64'],
  router: ['192.0.2.1/24', '2001:db8:1::1/64'],
} as const;

const routes: Partial<Record<keyof typeof addresses, readonly string[]>> = {
  host: ['default via 192.0.2.1', 'default via 2001:db8:1::1'],
  client: ['198.51.100.0/24 via 192.0.2.1', '2001:db8:2::/64 via 2001:db8:1::1'],
  neighbour: [
    `172.16.0.0/12 via ${hostAddress}`,
    `192.168.0.0/16 via ${hostAddress}`,
    `10.0.0.0/8 via ${hostAddress}`,
    `fc00::/7 via ${hostAddress6}`,
  ],
};

export interface NetworkHost {
  /** Removes all containers, and ends and removes everything else. Throws where something of tsdocker goes on all the same. */
  [Symbol.asyncDispose](): Promise<void>;
  readonly host: Station;
  readonly client: Station;
  readonly six: Station;
  readonly neighbour: Station;
  readonly router: Station;
  readonly far: Station;
  /** The store. */
  readonly root: string;
  /** For files of the test. */
  readonly folder: string;
  /** Runs `tsdocker WORDS…` on the host. */
  tsdocker(...words: readonly string[]): Promise<Ended>;
  /** Runs `tsdocker WORDS…`, which must succeed; what it printed, without the last newline. */
  ok(...words: readonly string[]): Promise<string>;
  /** `run -d FLAGS… localhost/busybox sleep`; its id. */
  idle(...flags: readonly string[]): Promise<string>;
  /** The network namespace of a running container, to run programs of the host in. */
  inside(container: string): Promise<Station>;
  /** A container’s address in a network, as `inspect` says it. */
  addressOf(container: string, network?: string): Promise<string>;
  /** The same of IPv6. */
  address6Of(container: string, network?: string): Promise<string>;
  /** Interfaces, addresses, routes, rules and leases: what a command that fails must leave as it was. */
  state(): Promise<readonly string[]>;
  /** The same, once it is as `before`, or some seconds later: a network namespace is gone a moment after its last process. */
  settled(before: readonly string[]): Promise<readonly string[]>;
  /** The rules of the host. */
  ruleset(): Promise<string>;
}

/** The keeper’s own /sys, which shows its own interfaces, with the machine’s cgroups in it again; and its own resolv.conf. */
const prepareHost = (folder: string): string => `
  mkdir ${folder}/cgroup &&
  mount --rbind /sys/fs/cgroup ${folder}/cgroup &&
  mount -t sysfs sysfs /sys &&
  mount --rbind ${folder}/cgroup /sys/fs/cgroup &&
  umount -R -l ${folder}/cgroup &&
  mount --bind ${folder}/resolv.conf /etc/resolv.conf`;

async function plug(wire: Station, name: string, station: Station, own: readonly string[]): Promise<void> {
  await wire.sh(
    `ip link add ${name} type veth peer name eth0 netns ${station.pid} && ip link set ${name} master wire up`,
  );
  await station.sh(
    ['ip link set eth0 up', ...own.map((address) => `ip addr add ${address} dev eth0 nodad`)].join(' && '),
  );
}

/** Processes whose network namespace is the same as that of `pid`, but for itself. */
function neighboursOf(namespace: string, keeper: number): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === keeper) return [];
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== namespace) return [];
      return [`process ${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
    } catch {
      return []; // it has just ended
    }
  });
}

/** What a set holds is in no order. */
const elements = /(?<=elements = \{)[^}]*/g;
const sorted = (list: string): string =>
  list
    .split(',')
    .map((element) => element.trim())
    .sort()
    .join(', ');

/** Makes the world above. The caller disposes of it. */
export async function networkHost(): Promise<NetworkHost> {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-network-'));
  chmodSync(folder, 0o755); // the store has to be reached by mapped ids
  const root = join(folder, 'store');
  writeFileSync(join(folder, 'resolv.conf'), `nameserver ${clientAddress}\n`);
  const [wire, host, client, six, neighbour, router, far] = (await Promise.all([
    makeStation(),
    makeStation(prepareHost(folder)),
    ...Array.from({ length: 5 }, () => makeStation()),
  ] as [Promise<Station>, Promise<Station>, ...Promise<Station>[]])) as [
    Station,
    Station,
    Station,
    Station,
    Station,
    Station,
    Station,
  ];
  const stations = { host, client, six, neighbour, router };
  await wire.sh('ip link add wire type bridge mcast_snooping 0 && ip link set wire up');
  for (const [name, station] of Object.entries(stations)) {
    const key = name as keyof typeof addresses;
    await plug(wire, name, station, addresses[key]);
  }
  await router.sh(`
    echo 1 >/proc/sys/net/ipv4/ip_forward && echo 1 >/proc/sys/net/ipv6/conf/all/forwarding &&
    ip link add far type veth peer name eth0 netns ${far.pid} && ip link set far up &&
    ip addr add 198.51.100.1/24 dev far && ip addr add 2001:db8:2::1/64 dev far nodad`);
  await far.sh(`
    ip link set eth0 up && ip addr add 198.51.100.10/24 dev eth0 && ip addr add 2001:db8:2::10/64 dev eth0 nodad &&
    ip route add default via 198.51.100.1 && ip route add default via 2001:db8:2::1`);
  for (const [name, list] of Object.entries(routes)) {
    const station = stations[name as keyof typeof addresses];
    await station.sh(list.map((route) => `ip route add ${route}`).join(' && '));
  }

  const namespace = readlinkSync(`/proc/${host.pid}/ns/net`);
  const tsdocker = (...words: readonly string[]): Promise<Ended> =>
    finish(host.command(program, ...words), { TSDOCKER_ROOT: root });
  const ok = async (...words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await tsdocker(...words);
    if (status !== 0) throw new Error(`tsdocker ${words.join(' ')} ended with ${status}: ${stderr}${stdout}`);
    return stdout.trimEnd();
  };
  const ofNetwork = (network: string, field: string): string =>
    `{{(index .NetworkSettings.Networks "${network}").${field}}}`;
  const ruleset = async (): Promise<string> =>
    (await host.must('nft', '--stateless', 'list', 'ruleset')).replace(elements, sorted);

  const state = async (): Promise<readonly string[]> => {
    const parts = await Promise.all([
      host.must('ip', '-o', 'addr'),
      host.must('ip', '-o', 'link'),
      host.must('ip', 'route', 'show', 'table', 'all'),
      host.must('ip', '-6', 'route', 'show', 'table', 'all'),
      ruleset(),
      ok('network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}}'),
      ok('ps', '-a', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}}'),
    ]);
    return (
      parts
        .flatMap((part) => part.split('\n'))
        .map((line) =>
          line
            .replace(/(valid_lft|preferred_lft|expires|state) \S+|<\S+>|linkdown/g, '')
            .replace(/ +/g, ' ')
            .trim(),
        )
        // The kernel adds those of fe80::/10 by itself, a second after an interface has come up.
        .filter((line) => line !== '' && !line.includes('fe80:'))
        .sort()
    );
  };

  return {
    ...stations,
    far,
    root,
    folder,
    tsdocker,
    ok,
    ruleset,
    idle: (...flags) => ok('run', '-d', ...flags, 'localhost/busybox', 'sleep', '100000'),
    inside: async (container) => new Station(Number(await ok('inspect', '-f', '{{.State.Pid}}', container))),
    addressOf: (container, network = 'bridge') => ok('inspect', '-f', ofNetwork(network, 'IPAddress'), container),
    address6Of: (container, network = 'bridge') =>
      ok('inspect', '-f', ofNetwork(network, 'GlobalIPv6Address'), container),
    state,
    async settled(before) {
      for (let tries = 0; tries < 50 && (await state()).join() !== before.join(); tries++) await setTimeout(100);
      return state();
    },
    async [Symbol.asyncDispose]() {
      const left = (await tsdocker('ps', '-aq')).stdout.split('\n').filter((id) => id !== '');
      const removed = left.length > 0 ? await tsdocker('rm', '-f', ...left) : undefined;
      // The last of a shim is gone a moment after its container.
      for (let tries = 0; tries < 250 && neighboursOf(namespace, host.pid).length > 0; tries++) await setTimeout(20);
      const processes = neighboursOf(namespace, host.pid);
      await Promise.all([wire, host, client, six, neighbour, router, far].map((each) => each[Symbol.asyncDispose]()));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      if (removed !== undefined && removed.status !== 0) throw new Error(`rm -f failed: ${removed.stderr}`);
      if (processes.length > 0) throw new Error(`left on the host: ${processes.join(', ')}`);
    },
  };
}
