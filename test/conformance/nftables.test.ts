// The packet filter's table in the kernel: made, found, renewed and taken away, beside others who do the same; and its elements. What the
// rules do to packets is told by nftables-packets.test.ts.
import '../support/own-network.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { kernel } from '../../src/kernel/index.ts';
import { NETLINK_NETFILTER } from '../../src/network/netlink/constants.ts';
import { addBridge, listBridges, removeBridge } from '../../src/network/nftables/bridges.ts';
import { heldElements } from '../../src/network/nftables/held.ts';
import {
  compileElements,
  type Published,
  publish,
  unpublish,
  unpublishBatch,
} from '../../src/network/nftables/published.ts';
import { ensureRuleset, removeRuleset } from '../../src/network/nftables/ruleset.ts';
import { deleteElements } from '../../src/network/nftables/sets.ts';
import { change, openNftables, table } from '../../src/network/nftables/table.ts';
import { listing, sh } from '../support/nftables-world.ts';

const source = join(import.meta.dirname, '../../src/network/nftables');
const elementsOf = (set: string): string => {
  const text = sh(`nft list set inet tsdocker ${set} 2>/dev/null || nft list map inet tsdocker ${set}`);
  return (/elements = \{([^}]*)\}/.exec(text)?.[1] ?? '').replace(/\s+/g, ' ').trim();
};
const web: Published = { protocol: 'tcp', hostPort: 8080, address: '172.17.0.2', port: 80 };
const many = (count: number): Published[] =>
  Array.from({ length: count }, (_, index) => ({
    protocol: index % 2 === 0 ? 'tcp' : 'udp',
    hostPort: 1000 + index,
    address: index % 3 === 0 ? 'fd00::2' : '172.17.0.2',
    port: 80,
  }));

afterEach(() => {
  removeRuleset();
});

describe('the rules', () => {
  test('stand as the documentation shows them', async () => {
    ensureRuleset();
    await expect(listing()).toMatchFileSnapshot('../fixtures/nftables-rules.txt');
  });

  test('are made once, and found from then on', () => {
    expect([ensureRuleset(), ensureRuleset(), ensureRuleset()]).toEqual(['made', 'present', 'present']);
  });

  test.each([
    ['the whole rule set is flushed', 'nft flush ruleset'],
    ['the table is flushed', 'nft flush table inet tsdocker'],
    ['the chain of the hook is flushed', 'nft flush chain inet tsdocker forward'],
    ['the rules for containers are flushed', 'nft flush chain inet tsdocker containers'],
  ])('are made again where %s', (_, command) => {
    ensureRuleset();
    const before = listing();
    sh(command);
    expect([ensureRuleset(), ensureRuleset()]).toEqual(['made', 'present']);
    expect(listing().split('\n').sort()).toEqual(before.split('\n').sort());
  });

  test('of another version are replaced; the administrator’s and the elements stay', () => {
    ensureRuleset();
    addBridge({ link: 'tsd0', internal: false, masquerade: true });
    publish([web]);
    const rule = 'ip saddr 192.0.2.66 drop';
    sh(`nft add rule inet tsdocker administrator ${rule}`);
    // As an older one would be: other words, and a rule that is none of this version's.
    sh(`nft 'flush chain inet tsdocker forward; flush chain inet tsdocker containers; delete chain inet tsdocker containers;
      add chain inet tsdocker containers { comment "rules of tsdocker, version 0" ; };
      add rule inet tsdocker forward goto containers; add rule inet tsdocker containers ct mark 77 drop'`);
    expect([ensureRuleset(), ensureRuleset()]).toEqual(['made', 'present']);
    const rules = listing();
    expect(rules).not.toContain('77');
    expect(rules).toContain(rule);
    expect(listBridges()).toEqual(['tsd0']);
    expect(elementsOf('published4')).toBe('tcp . 8080 : 172.17.0.2 . 80');
  });

  test('come beside an administrator’s chain that was loaded before them', () => {
    sh(`nft 'table inet tsdocker { chain administrator { ip saddr 192.0.2.66 drop; }; chain mine { }; }'`);
    expect([ensureRuleset(), ensureRuleset()]).toEqual(['made', 'present']);
    expect(listing()).toContain('ip saddr 192.0.2.66 drop');
    expect(listing()).toContain('goto containers');
  });

  test('are whole and single after 12 commands made them at the same time', async () => {
    const script = `import { ensureRuleset } from '${source}/ruleset.ts'; process.stdout.write(ensureRuleset());`;
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
        await once(child, 'close');
        return said;
      }),
    );
    expect(answers.filter((answer) => answer !== 'made' && answer !== 'present')).toEqual([]);
    expect(answers).toContain('made');
    const made = listing();
    removeRuleset();
    ensureRuleset();
    expect(made.split('\n').sort()).toEqual(listing().split('\n').sort());
  });

  test('go, and once more', () => {
    ensureRuleset();
    removeRuleset();
    removeRuleset();
    expect(sh('nft list tables')).not.toContain('tsdocker');
  });
});

describe('bridges', () => {
  test('come and go, and what is asked for twice is done once', () => {
    ensureRuleset();
    const closed = { link: 'tsd-0123456789a', internal: true, masquerade: false };
    for (const bridge of [{ link: 'tsd0', internal: false, masquerade: true }, closed, closed]) addBridge(bridge);
    expect(listBridges().sort()).toEqual(['tsd-0123456789a', 'tsd0']);
    expect(elementsOf('same')).toContain('"tsd-0123456789a" . "tsd-0123456789a"');
    expect([elementsOf('internal'), elementsOf('masqueraded')]).toEqual(['"tsd-0123456789a"', '"tsd0"']);
    removeBridge(closed);
    removeBridge(closed);
    expect([listBridges(), elementsOf('internal')]).toEqual([['tsd0'], '']);
  });

  test('that become another network’s keep nothing of what they were', () => {
    ensureRuleset();
    addBridge({ link: 'tsd0', internal: true, masquerade: true });
    addBridge({ link: 'tsd0', internal: false, masquerade: false });
    expect([elementsOf('internal'), elementsOf('masqueraded'), elementsOf('bridges')]).toEqual(['', '', '"tsd0"']);
  });

  test('need the rules, and where there are none, there is none', () => {
    expect(() => addBridge({ link: 'tsd0', internal: false, masquerade: true })).toThrow(/tsd0.*ENOENT/);
    removeBridge({ link: 'tsd0' });
    expect(listBridges()).toEqual([]);
  });
});

describe('published ports', () => {
  test('are elements of the maps, by family and by address of the host', () => {
    ensureRuleset();
    publish(
      [
        web,
        { ...web, address: 'fd00::2' },
        { ...web, hostAddress: '192.0.2.2', protocol: 'udp', port: 53 },
        { ...web, hostAddress: '2001:db8::2', hostPort: 81, address: 'fd00::2' },
        { ...web, hostAddress: '127.0.0.1', hostPort: 82 },
        { ...web, hostAddress: '::1', hostPort: 82, address: 'fd00::2' },
      ],
      [{ protocol: 'udp', port: 83 }],
    );
    const sets = ['published4', 'published_at4', 'published6', 'published_at6', 'relayed6', 'relayed_at6'];
    expect(Object.fromEntries(sets.map((set) => [set, elementsOf(set).split(', ').sort()]))).toEqual({
      published4: ['tcp . 8080 : 172.17.0.2 . 80'],
      published_at4: ['192.0.2.2 . udp . 8080 : 172.17.0.2 . 53'],
      published6: ['tcp . 8080 : fd00::2 . 80'],
      published_at6: ['2001:db8::2 . tcp . 81 : fd00::2 . 80'],
      relayed6: ['tcp . 8080', 'udp . 83'],
      relayed_at6: ['2001:db8::2 . tcp . 81'],
    });
  });

  test('replace what others left behind', () => {
    ensureRuleset();
    publish([web, { ...web, hostPort: 81 }]);
    publish([
      { ...web, address: '172.17.0.9' },
      { ...web, hostPort: 82 },
    ]);
    expect(elementsOf('published4').split(', ').sort()).toEqual([
      'tcp . 8080 : 172.17.0.9 . 80',
      'tcp . 81 : 172.17.0.2 . 80',
      'tcp . 82 : 172.17.0.2 . 80',
    ]);
  });

  test('go without failing for what is gone, also on kernels that cannot say it so', () => {
    ensureRuleset();
    const ports = many(20);
    const elements = compileElements(ports, [{ protocol: 'tcp', port: 9 }]);
    for (const canDestroy of [true, false]) {
      publish(ports.slice(5));
      change(deleteElements(table, elements, canDestroy), 'deleting');
      change(deleteElements(table, elements, canDestroy), 'deleting');
      expect(['published4', 'published6', 'relayed6'].map(elementsOf)).toEqual(['', '', '']);
    }
  });

  test('are read one by one with the values they have, for kernels that need them to delete', () => {
    ensureRuleset();
    publish([web]);
    using socket = openNftables();
    const others = compileElements(
      [
        { ...web, address: '172.17.0.9' },
        { ...web, hostPort: 81 },
      ],
      [{ protocol: 'tcp', port: 9 }],
    );
    const held = heldElements(socket, table, others);
    expect(held).toEqual(compileElements([web], []));
    change(deleteElements(table, held, false), 'deleting');
    expect(elementsOf('published4')).toBe('');
  });

  test('go by one datagram that somebody else sends later', () => {
    ensureRuleset();
    const ports = many(1000);
    publish(ports);
    publish([web]);
    const batch = unpublishBatch(ports, [{ protocol: 'tcp', port: 9 }]);
    unpublish(ports.slice(0, 10));
    const socket = kernel.socket(16, 3, NETLINK_NETFILTER);
    try {
      kernel.send(socket, batch);
    } finally {
      kernel.close(socket);
    }
    expect([elementsOf('published4'), elementsOf('published6')]).toEqual(['tcp . 8080 : 172.17.0.2 . 80', '']);
    expect(unpublishBatch([], [])).toHaveLength(0);
  });

  test('may be 10,000 at once', () => {
    ensureRuleset();
    const ports = many(10_000);
    publish(ports);
    expect(elementsOf('published4').split(',')).toHaveLength(6666);
    expect(elementsOf('published6').split(',')).toHaveLength(3334);
    unpublish(ports);
    expect(elementsOf('published4') + elementsOf('published6')).toBe('');
  });

  test('need the rules; to take them away does not', () => {
    expect(() => publish([web])).toThrow(/publishing 1 port failed: ENOENT/);
    unpublish([web]);
  });
});
