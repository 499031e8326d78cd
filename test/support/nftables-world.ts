// A host whose packet filter is ours and nothing else: this process's own network namespace, with bridges and what stands for containers
// behind them, and a client on the other side that has routes to all of them. Import own-network.ts first.
import { execFileSync } from 'node:child_process';
import { addBridge } from '../../src/network/nftables/bridges.ts';
import { ensureRuleset } from '../../src/network/nftables/ruleset.ts';
import { enableForwarding } from '../../src/network/sysctls.ts';
import { makeStation, Station } from './network-station.ts';

export const host4 = '192.0.2.2';
export const host6 = '2001:db8:1::2';
export const client4 = '192.0.2.10';
export const client6 = '2001:db8:1::10';

/** `a` and `b` share a bridge; `c` has one without masquerading, `d` an internal one. */
export const addresses = {
  a: ['10.1.0.2', 'fd00:1::2'],
  b: ['10.1.0.3', 'fd00:1::3'],
  c: ['10.2.0.2', 'fd00:2::2'],
  d: ['10.3.0.2', 'fd00:3::2'],
} as const;
export type Name = keyof typeof addresses;

/** Runs a script in this process's network namespace. */
export const sh = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' });
/** The rules of table inet tsdocker as nft prints them. */
export const listing = (): string => sh('nft --stateless list table inet tsdocker');

export interface World extends AsyncDisposable {
  readonly host: Station;
  readonly client: Station;
  readonly containers: Readonly<Record<Name, Station>>;
}

export async function makeWorld(): Promise<World> {
  const client = await makeStation();
  sh(`ip link add eth0 type veth peer name eth0 netns ${client.pid}
      ip link set eth0 up
      ip addr add ${host4}/24 dev eth0
      ip addr add ${host6}/64 dev eth0 nodad`);
  await client.sh(`ip link set eth0 up && ip addr add ${client4}/24 dev eth0 && ip addr add ${client6}/64 dev eth0 nodad &&
    ip route add 10.0.0.0/8 via ${host4} && ip route add fd00::/8 via ${host6}`);
  enableForwarding([4, 6]);
  ensureRuleset();
  addBridge({ link: 'tsd0', internal: false, masquerade: true });
  addBridge({ link: 'tsd-2', internal: false, masquerade: false });
  addBridge({ link: 'tsd-3', internal: true, masquerade: true });
  for (const [link, n] of [
    ['tsd0', 1],
    ['tsd-2', 2],
    ['tsd-3', 3],
  ] as const) {
    sh(`ip link add ${link} type bridge mcast_snooping 0
        ip link set ${link} up
        ip addr add 10.${n}.0.1/16 dev ${link}
        ip addr add fd00:${n}::1/64 dev ${link} nodad`);
  }
  const container = async (name: Name): Promise<Station> => {
    const station = await makeStation();
    const [address4, address6] = addresses[name];
    const n = address4.split('.')[1]!;
    sh(`ip link add tsv${name} type veth peer name eth0 netns ${station.pid}
        ip link set tsv${name} master ${n === '1' ? 'tsd0' : `tsd-${n}`} up
        bridge link set dev tsv${name} hairpin on`);
    await station.sh(`ip link set eth0 up && ip addr add ${address4}/16 dev eth0 && ip addr add ${address6}/64 dev eth0 nodad &&
      ip route add default via 10.${n}.0.1 && ip route add default via fd00:${n}::1`);
    return station;
  };
  const [a, b, c, d] = (await Promise.all((['a', 'b', 'c', 'd'] as const).map(container))) as [
    Station,
    Station,
    Station,
    Station,
  ];
  const stations = [client, a, b, c, d];
  return {
    host: new Station(process.pid),
    client,
    containers: { a, b, c, d },
    async [Symbol.asyncDispose]() {
      for (const station of stations) await station[Symbol.asyncDispose]();
    },
  };
}
