// Beside other firewalls: containers get through where the rules of others would drop their packets, nothing else of those rules
// changes, and what is not ours to change is told to the administrator as a line that works.
import '../support/own-network.ts';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeRoom, takeRoomAway } from '../../src/network/coexistence/make-room.ts';
import { publish } from '../../src/network/nftables/published.ts';
import type { Answer, Running } from '../support/network-station.ts';
import * as w from '../support/nftables-world.ts';

const silence = { error: 'silence' };
const ours = ['-i tsd+ -m comment --comment tsdocker -j ACCEPT', '-o tsd+ -m comment --comment tsdocker -j ACCEPT'];
/** The rules of a chain, as iptables says them. */
const rulesOf = (chain: string, command = 'iptables'): string[] =>
  w
    .sh(`${command} -S ${chain}`)
    .split('\n')
    .filter((line) => line.startsWith('-A'))
    .map((line) => line.replace(`-A ${chain} `, ''));
const allRules = (): string => w.sh('nft --stateless list ruleset; iptables -S; ip6tables -S');

let world: w.World;
const running: Running[] = [];

beforeAll(async () => {
  world = await w.makeWorld();
  const { a, c, d } = world.containers;
  running.push(
    await a.serve('serve', 'tcp', '::', '5000', 'a'),
    await c.serve('serve', 'tcp', '::', '5000', 'c'),
    await d.serve('serve', 'tcp', '::', '5000', 'd'),
    await world.client.serve('serve', 'tcp', '::', '5000', 'client'),
  );
  publish([
    { protocol: 'tcp', hostPort: 8080, address: w.addresses.a[0], port: 5000 },
    { protocol: 'tcp', hostPort: 8080, address: w.addresses.a[1], port: 5000 },
  ]);
});
afterAll(async () => {
  for (const each of running) await each[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
afterEach(() => {
  w.sh(`for command in iptables ip6tables; do
          $command -P FORWARD ACCEPT; $command -F; $command -X
        done
        for table in 'inet filter' 'inet firewalld'; do nft "add table $table; delete table $table"; done`);
});

/** A published port from outside, and the outside from a container, both families. */
const bothWays = (): Promise<Answer[]> =>
  Promise.all([
    world.client.ask('ask', 'tcp', w.host4, 8080),
    world.client.ask('ask', 'tcp', w.host6, 8080),
    world.containers.a.ask('ask', 'tcp', w.client4, 5000),
    world.containers.a.ask('ask', 'tcp', w.client6, 5000),
  ]);
const all = [
  { answer: `a ${w.client4} hello` },
  { answer: `a ${w.client6} hello` },
  { answer: `client ${w.host4} hello` },
  { answer: `client ${w.host6} hello` },
];
const none = [silence, silence, silence, silence];
const dropForward = 'iptables -P FORWARD DROP; ip6tables -P FORWARD DROP';

describe('iptables', () => {
  test('that lets everything through is left alone', () => {
    w.sh('iptables -A FORWARD -i eth9 -j DROP; iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP');
    try {
      const before = allRules();
      expect(makeRoom()).toEqual([]);
      expect(allRules()).toBe(before);
    } finally {
      w.sh('iptables -P INPUT ACCEPT');
    }
  });

  test('that drops what is forwarded gets two rules, once, and then containers get through both ways', async () => {
    w.sh(`${dropForward}; iptables -A FORWARD -i eth9 -j ACCEPT`);
    const before = allRules();
    expect(await bothWays()).toEqual(none);
    expect([makeRoom(), makeRoom()]).toEqual([[], []]);
    expect(rulesOf('FORWARD')).toEqual([...ours, '-i eth9 -j ACCEPT']);
    expect(rulesOf('FORWARD', 'ip6tables')).toEqual(ours);
    expect(await bothWays()).toEqual(all);
    takeRoomAway();
    takeRoomAway();
    expect(allRules()).toBe(before);
    expect(await bothWays()).toEqual(none);
  });

  test('with room in it still isolates what our own rules isolate', async () => {
    w.sh(dropForward);
    makeRoom();
    const { a, d } = world.containers;
    const answers = await Promise.all([
      a.ask('ask', 'tcp', w.addresses.c[0], 5000),
      d.ask('ask', 'tcp', w.client4, 5000),
      world.client.ask('ask', 'tcp', w.addresses.a[0], 5000),
    ]);
    expect(answers).toEqual([silence, silence, silence]);
  });

  test('whose last rule rejects everything gets the rules before it', () => {
    w.sh('iptables -A FORWARD -m state --state ESTABLISHED -j ACCEPT; iptables -A FORWARD -j REJECT');
    w.sh('ip6tables -A FORWARD -j DROP');
    makeRoom();
    expect(rulesOf('FORWARD').slice(0, 2)).toEqual(ours);
    expect(rulesOf('FORWARD', 'ip6tables')).toEqual([...ours, '-j DROP']);
  });

  test('gets the rules again where somebody took one of them', () => {
    w.sh(dropForward);
    makeRoom();
    w.sh('iptables -D FORWARD 1');
    makeRoom();
    expect(rulesOf('FORWARD')).toEqual(ours);
  });

  test('may be saved and restored: the rules are known again', () => {
    w.sh(dropForward);
    makeRoom();
    w.sh('iptables-save | iptables-restore');
    makeRoom();
    expect(rulesOf('FORWARD')).toEqual(ours);
    takeRoomAway();
    expect(rulesOf('FORWARD')).toEqual([]);
  });

  test('of docker gets them where docker leaves room for others', () => {
    w.sh(
      `${dropForward}; iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN; iptables -A FORWARD -j DOCKER-USER`,
    );
    makeRoom();
    expect(rulesOf('DOCKER-USER')).toEqual([...ours, '-j RETURN']);
    expect(rulesOf('FORWARD')).toEqual(['-j DOCKER-USER']);
    takeRoomAway();
    expect(rulesOf('DOCKER-USER')).toEqual(['-j RETURN']);
  });
});

describe('docker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsdocker-manners-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.skipIf(!existsSync('/usr/bin/dockerd') && !existsSync('/usr/sbin/dockerd'))(
    'on the same host: containers get through, also when docker starts afterwards and once more, and docker’s rules stay',
    async () => {
      writeFileSync(join(folder, 'daemon.json'), '{}');
      // A /sys of its own shows dockerd its own interfaces; and the machine's cgroups in it again.
      const script = `
        mkdir -p ${folder}/cgroup && mount --rbind /sys/fs/cgroup ${folder}/cgroup && mount -t sysfs sysfs /sys &&
        mount --rbind ${folder}/cgroup /sys/fs/cgroup && umount -R -l ${folder}/cgroup &&
        exec dockerd --data-root ${folder}/data --exec-root ${folder}/exec --pidfile ${folder}/pid \\
          --config-file ${folder}/daemon.json --host unix://${folder}/socket --storage-driver vfs`;
      for (const round of [1, 2]) {
        // Only where dockerd is the one that makes the host a router does it drop what it does not know.
        w.sh('sysctl -qw net.ipv4.ip_forward=0');
        const daemon = spawn('unshare', ['--mount', 'sh', '-ec', script], { stdio: 'ignore' });
        const closed = once(daemon, 'close');
        try {
          for (
            let tries = 0;
            spawnSync('docker', ['--host', `unix://${folder}/socket`, 'version']).status !== 0;
            tries++
          ) {
            expect([tries < 150, daemon.exitCode], 'dockerd does not come up').toEqual([true, null]);
            await setTimeout(200);
          }
          const before = w.sh('iptables -S');
          expect(before).toContain('-P FORWARD DROP');
          expect(makeRoom()).toEqual([]);
          const [published, , outside] = await bothWays();
          expect([published, outside]).toEqual([all[0], all[2]]);
          const after = w.sh('iptables -S').split('\n');
          expect(after.filter((line) => !line.includes('tsdocker'))).toEqual(
            before.split('\n').filter((line) => !line.includes('tsdocker')),
          );
          expect(rulesOf('DOCKER-USER'), `in round ${round}`).toEqual([...ours, '-j RETURN']);
        } finally {
          daemon.kill('SIGTERM');
          await closed;
        }
      }
      takeRoomAway();
      expect(w.sh('iptables -S')).not.toContain('tsd+');
    },
  );
});

describe('other firewalls are not changed, but', () => {
  test('of a table of nftables that drops what is forwarded, the line to make room is told, and works', async () => {
    w.sh(`nft 'table inet filter { chain forward { type filter hook forward priority 0; policy drop; }; }'`);
    const before = w.sh('nft list table inet filter');
    const advice = makeRoom();
    expect(advice).toEqual([
      {
        firewall: 'nftables table inet filter',
        line: `the nftables chain inet filter forward drops what containers send: nft 'insert rule inet filter forward iifname "tsd*" accept; insert rule inet filter forward oifname "tsd*" accept'`,
      },
    ]);
    expect(w.sh('nft list table inet filter')).toBe(before);
    expect(await bothWays()).toEqual(none);
    w.sh(advice[0]!.line.slice(advice[0]!.line.indexOf(': ') + 2));
    expect(await bothWays()).toEqual(all);
    expect(makeRoom()).toEqual([]);
  });

  test('of firewalld, which rejects what it does not know, the line for its own command is told', () => {
    w.sh(`nft 'table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; policy accept;
      ct state { established, related } accept; ct status dnat accept; reject with icmpx admin-prohibited; }; }'`);
    expect(makeRoom()).toEqual([
      {
        firewall: 'firewalld',
        line: 'firewalld drops what containers send: firewall-cmd --permanent --zone=trusted --add-interface=tsd+ && firewall-cmd --reload',
      },
    ]);
    w.sh(`nft 'insert rule inet firewalld filter_FORWARD iifname "tsd*" accept'`);
    expect(makeRoom()).toEqual([]);
  });

  test('a table that drops only some of what is forwarded is no matter', () => {
    w.sh(`nft 'table inet filter { chain forward { type filter hook forward priority 0; policy accept;
      iifname "eth9" drop; ct state invalid drop; }; chain input { type filter hook input priority 0; policy drop; }; }'`);
    expect(makeRoom()).toEqual([]);
  });

  // The module makes the file.
  test.skipIf(!existsSync('/proc/net/ip_tables_names'))(
    'of the iptables of before nftables, the line is told where it drops, and works',
    async () => {
      const legacy = (words: string): string => w.sh(`iptables-legacy ${words}; ip6tables-legacy ${words}`);
      legacy('-P FORWARD ACCEPT');
      expect(makeRoom()).toEqual([]);
      legacy('-P FORWARD DROP');
      try {
        expect(await bothWays()).toEqual(none);
        const advice = makeRoom();
        expect(advice.map(({ firewall }) => firewall)).toEqual(['iptables-legacy', 'ip6tables-legacy']);
        for (const { line } of advice) w.sh(line.slice(line.indexOf(': ') + 2));
        expect(await bothWays()).toEqual(all);
        expect(makeRoom()).toEqual([]);
      } finally {
        legacy('-P FORWARD ACCEPT');
        legacy('-F FORWARD');
      }
    },
  );
});
