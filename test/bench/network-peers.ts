// The engines whose networks are measured, each in a host of its own (test/support/network-host.ts): their bridges and rules
// do not meet, and none of it touches the machine. docker has its bridge, iptables and docker-proxy, podman has netavark.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type NetworkHost, networkHost } from '../support/network-host.ts';
import { undoLater } from './cleanup.ts';
import { ownVersion, program } from './fetchers.ts';
import { firstLine, installed, makeRoot, podmanLimits, podmanOptions, startDockerd } from './peers.ts';

export interface NetworkPeer {
  readonly name: string;
  readonly version: string;
  readonly world: NetworkHost;
  /** The words that begin every command, each by the same way into its host. */
  readonly cli: readonly string[];
  /** What each `run` needs besides the image. */
  readonly flags: readonly string[];
  readonly image: string;
  readonly atOnce: readonly string[];
  /** The rules in the kernel, and what its sets and maps hold. */
  rules(): Promise<{ readonly rules: number; readonly elements: number }>;
  dispose(): Promise<void>;
}

interface Listed {
  readonly rule?: unknown;
  readonly set?: { readonly elem?: readonly unknown[] };
  readonly map?: { readonly elem?: readonly unknown[] };
}

async function countRules(world: NetworkHost): Promise<{ rules: number; elements: number }> {
  const { nftables } = JSON.parse(await world.host.must('nft', '--json', 'list', 'ruleset')) as { nftables: Listed[] };
  return {
    rules: nftables.filter(({ rule }) => rule !== undefined).length,
    elements: nftables.reduce((sum, { set, map }) => sum + ((set ?? map)?.elem?.length ?? 0), 0),
  };
}

async function makeWorld(): Promise<{ world: NetworkHost; end: () => Promise<void> }> {
  const world = await networkHost();
  return { world, end: undoLater(() => world[Symbol.asyncDispose]()) };
}

async function makeOurselves(): Promise<NetworkPeer> {
  const { world, end } = await makeWorld();
  return {
    name: 'tsdocker',
    version: ownVersion(),
    world,
    cli: world.host.command(program, '--root', world.root),
    flags: [],
    image: 'localhost/busybox',
    atOnce: [],
    rules: () => countRules(world),
    dispose: end,
  };
}

async function makeDocker(tar: string): Promise<NetworkPeer> {
  const { world, end } = await makeWorld();
  const folder = join(world.folder, 'docker');
  mkdirSync(folder);
  const { client, stop } = await startDockerd(folder, world.host.command());
  const cli = world.host.command(...client);
  execFileSync(client[0]!, [...client.slice(1), 'import', tar, 'bench:latest'], { stdio: 'ignore' });
  return {
    name: 'docker',
    version: firstLine('dockerd', '--version').replace(/^Docker version ([^,]+),.*/, '$1'),
    world,
    cli,
    flags: [],
    image: 'bench',
    atOnce: [],
    rules: () => countRules(world),
    async dispose() {
      await stop();
      await end();
    },
  };
}

async function makePodman(tar: string): Promise<NetworkPeer> {
  const { world, end } = await makeWorld();
  const folder = join(world.folder, 'p');
  const options = [
    ...['--root', `${folder}/root`, '--runroot', `${folder}/run`, '--network-config-dir', `${folder}/networks`],
    ...podmanOptions,
  ];
  const cli = world.host.command('podman', ...options);
  execFileSync(cli[0]!, [...cli.slice(1), 'import', tar, 'bench:latest'], { stdio: 'ignore' });
  return {
    name: 'podman',
    version: firstLine('podman', '--version').replace('podman version ', ''),
    world,
    cli,
    flags: podmanLimits,
    image: 'bench',
    atOnce: ['-t', '0'],
    rules: () => countRules(world),
    async dispose() {
      execFileSync(cli[0]!, [...cli.slice(1), 'system', 'reset', '--force'], { stdio: 'ignore' });
      await end();
    },
  };
}

/** Ourselves first, and those of the others that are installed. `folder` is removed by whoever made it. */
export async function makeNetworkPeers(folder: string): Promise<NetworkPeer[]> {
  const { tar } = makeRoot(folder);
  const peers = [await makeOurselves()];
  if (installed('dockerd')) peers.push(await makeDocker(tar));
  if (installed('podman')) peers.push(await makePodman(tar));
  return peers;
}
