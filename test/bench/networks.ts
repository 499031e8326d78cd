// The section `network` of the bench: what a bridge costs a run, what a published port costs, how fast packets go, and what one
// more container costs beside many. Commands and streams take turns, so that a machine whose speed drifts is unfair to nobody.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostAddress } from '../support/network-host.ts';
import { makeStation, Station } from '../support/network-station.ts';
import { median } from './measure.ts';
import { makeNetworkPeers, type NetworkPeer } from './network-peers.ts';
import { installed, removeFolder, removeLeftCgroups } from './peers.ts';
import { time } from './runs.ts';

const counts = [1, 10, 100, 1000] as const;
const crowds = [1, 100, 500] as const;
/** Containers beside which one more is started, of engines that take half a second for each. */
const fewer = 100;
/** Milliseconds. */
const spared = 5000;

const words = ({ cli, flags, image }: NetworkPeer, run: readonly string[], ...command: readonly string[]): string[] => [
  ...[...cli, 'run', ...flags],
  ...[...run, image, ...command],
];

const spread = (numbers: readonly number[], digits = 0): string =>
  `**${median(numbers).toFixed(digits)}** (${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)})`;

/** Milliseconds of `run --rm … true` without and with a network. */
function timeRuns(
  peers: readonly NetworkPeer[],
  rounds: number,
): Map<NetworkPeer, { none: number[]; bridge: number[] }> {
  const times = new Map(peers.map((peer) => [peer, { none: [] as number[], bridge: [] as number[] }]));
  for (let round = -2; round < rounds; round++) {
    for (const peer of peers) {
      const none = time(words(peer, ['--rm', '--network', 'none'], 'true'));
      const bridge = time(words(peer, ['--rm'], 'true'));
      if (round < 0) continue;
      times.get(peer)!.none.push(none);
      times.get(peer)!.bridge.push(bridge);
    }
  }
  return times;
}

/** Milliseconds of `run --rm -p …` with so many ports. An engine that needs seconds for a hundred is spared the thousand. */
function timePorts(peers: readonly NetworkPeer[], rounds: number): Map<NetworkPeer, Map<number, number[]>> {
  const times = new Map(peers.map((peer) => [peer, new Map<number, number[]>(counts.map((count) => [count, []]))]));
  for (const count of counts) {
    for (let round = 0; round < rounds; round++) {
      for (const peer of peers) {
        const taken = times.get(peer)!.get(count)!;
        if (count === 1000 && median(times.get(peer)!.get(100)!) > spared) continue;
        const range = count === 1 ? '20000' : `20000-${19_999 + count}`;
        taken.push(time(words(peer, ['--rm', '-p', `${range}:${range}`], 'true')));
      }
    }
  }
  return times;
}

interface Path {
  readonly name: string;
  readonly server: Station;
  readonly client: Station;
  readonly address: string;
  /** Whether the address is the other end’s own, so that it can be pinged. */
  readonly direct: boolean;
}

const port = '5201';

async function pathsOf(peer: NetworkPeer): Promise<Path[]> {
  const { world } = peer;
  const start = async (name: string, ...flags: string[]): Promise<{ station: Station; address: string }> => {
    time(words(peer, ['-d', '--name', name, ...flags], 'sleep', '10000'));
    const [program, ...rest] = [...peer.cli, 'inspect', '-f', '{{.State.Pid}} {{.NetworkSettings.IPAddress}}', name];
    const [pid = '', address = ''] = (await capture(program!, rest)).trim().split(' ');
    return { station: new Station(Number(pid)), address };
  };
  const one = await start('one', '-p', `${port}:${port}`);
  const two = await start('two');
  return [
    { name: 'host to container', server: one.station, client: world.host, address: one.address, direct: true },
    { name: 'container to container', server: one.station, client: two.station, address: one.address, direct: true },
    {
      name: 'outside to published port',
      server: one.station,
      client: world.client,
      address: hostAddress,
      direct: false,
    },
    { name: 'host to 127.0.0.1', server: one.station, client: world.host, address: '127.0.0.1', direct: false },
  ];
}

function capture(program: string, rest: readonly string[]): Promise<string> {
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) =>
    child.once('close', (status) =>
      status === 0 ? resolve(output) : reject(new Error(`${program} ended with ${status}`)),
    ),
  );
}

/** Gbit a second that arrive in two seconds of one tcp stream. */
async function throughput({ server, client, address }: Path): Promise<number> {
  await using _server = await server.start('sh', '-c', `(sleep 0.3; echo ready) & exec iperf3 -s -1 -p ${port}`);
  const report = JSON.parse(await client.must('iperf3', '-c', address, '-p', port, '-t', '2', '-J'));
  return report.end.sum_received.bits_per_second / 1e9;
}

/** Microseconds of a round trip. */
async function latency({ client, address }: Path): Promise<number> {
  const report = await client.must('ping', '-q', '-c', '300', '-i', '0.002', address);
  return Number(/= [\d.]+\/([\d.]+)\//.exec(report)![1]) * 1000;
}

interface Speed {
  readonly gigabits: number[];
  readonly microseconds: number[];
}

async function timePackets(peers: readonly NetworkPeer[], rounds: number): Promise<Map<string, Map<string, Speed>>> {
  await using left = await makeStation();
  await using right = await makeStation();
  await left.sh(
    `ip link add eth0 type veth peer name eth0 netns ${right.pid} && ip addr add 192.0.2.1/24 dev eth0 && ip link set eth0 up`,
  );
  await right.sh('ip addr add 192.0.2.2/24 dev eth0 && ip link set eth0 up');
  const paths: (Path & { readonly engine: string })[] = [
    { engine: 'veth', name: 'bare veth', server: right, client: left, address: '192.0.2.2', direct: true },
  ];
  for (const peer of peers) for (const path of await pathsOf(peer)) paths.push({ ...path, engine: peer.name });
  const speeds = new Map<string, Map<string, Speed>>();
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) {
      const ofEngine = speeds.get(path.engine) ?? new Map<string, Speed>();
      speeds.set(path.engine, ofEngine);
      const speed = ofEngine.get(path.name) ?? { gigabits: [], microseconds: [] };
      ofEngine.set(path.name, speed);
      speed.gigabits.push(await throughput(path));
      if (path.direct) speed.microseconds.push(await latency(path));
    }
  }
  for (const peer of peers) time([...peer.cli, 'rm', '-f', ...peer.atOnce, 'one', 'two']);
  return speeds;
}

interface Beside {
  /** Milliseconds of one more `run -d -p`. */
  readonly more: number[];
  readonly rules: number;
  readonly elements: number;
}

/** What one more container costs beside so many that each publish a port. */
async function timeCrowd(peer: NetworkPeer, most: number): Promise<Map<number, Beside>> {
  const found = new Map<number, Beside>();
  const run = (number: number): string[] =>
    words(peer, ['-d', '--name', `many-${number}`, '-p', `${30_000 + number}:80`], 'sleep', '10000');
  const remove = (numbers: readonly number[]): number =>
    time([...peer.cli, 'rm', '-f', ...peer.atOnce, ...numbers.map((number) => `many-${number}`)]);
  let started = 0;
  for (const count of crowds.filter((each) => each <= most)) {
    const missing = Array.from({ length: count - started }, (_, index) => started + index);
    started = count;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
          const [program, ...rest] = run(next);
          await capture(program!, rest);
        }
      }),
    );
    const more = Array.from({ length: 5 }, () => {
      const taken = time(run(9999));
      remove([9999]);
      return taken;
    });
    found.set(count, { more, ...(await peer.rules()) });
  }
  for (let at = 0; at < started; at += 50)
    remove(Array.from({ length: Math.min(50, started - at) }, (_, index) => at + index));
  return found;
}

function runTable(peers: readonly NetworkPeer[], times: ReturnType<typeof timeRuns>): string {
  const cost = (peer: NetworkPeer): number => median(times.get(peer)!.bridge) - median(times.get(peer)!.none);
  const rows = peers.map((peer) => {
    const { none, bridge } = times.get(peer)!;
    const ratio = median(times.get(peers[0]!)!.bridge) / median(bridge);
    return `| ${peer.name} ${peer.version} | ${spread(none)} | ${spread(bridge)} | ${cost(peer).toFixed(0)} | ${ratio.toFixed(2)} |`;
  });
  return `| engine | --network none | on the bridge | the bridge costs | on the bridge, ours / theirs |
|---|---|---|---|---|
${rows.join('\n')}`;
}

function portTable(
  peers: readonly NetworkPeer[],
  runs: ReturnType<typeof timeRuns>,
  ports: ReturnType<typeof timePorts>,
): string {
  const rows = peers.map((peer) => {
    const without = median(runs.get(peer)!.bridge);
    const cells = counts.map((count) => {
      const taken = median(ports.get(peer)!.get(count)!);
      if (Number.isNaN(taken)) return '– | –';
      return `${taken.toFixed(0)} | ${((taken - without) / count).toFixed(2)}`;
    });
    return `| ${peer.name} | ${cells.join(' | ')} |`;
  });
  return `| engine | ${counts.map((count) => `${count}: ms | a port`).join(' | ')} |
|---|${counts.map(() => '---|---|').join('')}
${rows.join('\n')}`;
}

function packetTable(peers: readonly NetworkPeer[], speeds: ReadonlyMap<string, ReadonlyMap<string, Speed>>): string {
  const bare = speeds.get('veth')!.get('bare veth')!;
  const docker = speeds.get('docker');
  const row = (engine: string, name: string, { gigabits, microseconds }: Speed): string => {
    const theirs = docker?.get(name);
    const against = theirs === undefined ? '' : (median(gigabits) / median(theirs.gigabits)).toFixed(2);
    const later =
      theirs === undefined || microseconds.length === 0
        ? ''
        : (median(microseconds) / median(theirs.microseconds)).toFixed(2);
    const wire = (median(gigabits) / median(bare.gigabits)).toFixed(2);
    const wait =
      microseconds.length === 0
        ? ' | '
        : `${spread(microseconds)} | ${(median(microseconds) / median(bare.microseconds)).toFixed(2)}`;
    return `| ${name} | ${engine} | ${spread(gigabits, 1)} | ${against} | ${wire} | ${wait} | ${later} |`;
  };
  const names = [...new Set(peers.flatMap(({ name }) => [...speeds.get(name)!.keys()]))];
  const rows = [
    row('none', 'bare veth', bare),
    ...names.flatMap((name) => peers.map((peer) => row(peer.name, name, speeds.get(peer.name)!.get(name)!))),
  ];
  return `| from and to | engine | Gbit/s | / docker | / veth | µs | / veth | / docker |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}`;
}

function crowdTable(found: ReadonlyMap<NetworkPeer, ReadonlyMap<number, Beside>>): string {
  const rows = [...found].flatMap(([peer, sizes]) =>
    [...sizes].map(
      ([count, { more, rules, elements }]) => `| ${peer.name} | ${count} | ${spread(more)} | ${rules} | ${elements} |`,
    ),
  );
  return `| engine | beside | one more, ms | rules | elements |
|---|---|---|---|---|
${rows.join('\n')}`;
}

/** @param rounds Of each run, after two that do not count; a fifth of it for the rest. */
export async function networkSection(rounds: number): Promise<string> {
  const few = Math.max(1, Math.floor(rounds / 5));
  for (const [program, name] of Object.entries({ iperf3: 'iperf3', ping: 'iputils-ping' }))
    if (!installed(program)) throw new Error(`there is no ${program}: apt-get install ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-bench-'));
  const peers = await makeNetworkPeers(folder);
  try {
    const runs = timeRuns(peers, rounds);
    const ports = timePorts(peers, few);
    const speeds = await timePackets(peers, few);
    const beside = new Map<NetworkPeer, Map<number, Beside>>();
    for (const peer of peers)
      beside.set(peer, await timeCrowd(peer, rounds === 1 ? 1 : peer === peers[0] ? 500 : fewer));
    return `## Networks

Each engine in a network namespace of its own: docker with its bridge, iptables and docker-proxy, podman with netavark. \`run --rm busybox true\`,
milliseconds from the start of the command to its end, ${rounds} runs each after two that do not count: **median** (range).

${runTable(peers, runs)}

The same with published ports, as one range: milliseconds of the run (median of ${few}), and of each port beyond
the run without. Not measured (–) of an engine that needs more than ${spared / 1000} seconds for a hundred.

${portTable(peers, runs, ports)}

One tcp stream of iperf3 for two seconds, and the mean round trip of 300 pings, ${few} times each. *Bare veth* is a pair between two
namespaces and nothing else. *127.0.0.1* is the relay of ours, docker-proxy of docker, and netavark’s rules of podman.

${packetTable(peers, speeds)}

One more \`run -d -p\` beside so many containers that each publish a port, and what the kernel’s ruleset holds then.

${crowdTable(beside)}
`;
  } finally {
    for (const peer of peers) await peer.dispose();
    removeFolder(folder);
    removeLeftCgroups();
  }
}
