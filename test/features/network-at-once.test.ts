// A container is reached as soon as it runs: nobody waits until addresses have been looked for elsewhere (RFC 4862, 5.4: a second or
// two in which they are `tentative`), until bridges have learnt, or rules are there.
import { expect, test } from 'vitest';
import { clientAddress, clientAddress6, hostAddress, hostAddress6, networkHost } from '../support/network-host.ts';

test('the first container of a network of both families is reached, and reaches others, at once', async () => {
  await using world = await networkHost();
  await using _client = await world.client.serve('serve', 'tcp', '::', '5000', 'client');
  for (const n of [1, 2, 3]) {
    const subnets = ['--subnet', `10.${n}.0.0/16`, '--subnet', `fd00:${n}::/64`];
    await world.ok('network', 'create', '--ipv6', ...subnets, `n${n}`);
    const script = 'echo a page >/tmp/index.html; httpd -h /tmp; sleep 100000';
    const flags = ['-d', '--name', `c${n}`, '--network', `n${n}`, '-p', `808${n}:80`];
    await world.ok('run', ...flags, 'localhost/busybox', 'sh', '-c', script);
    const inside = await world.inside(`c${n}`);
    const addresses = await Promise.all([inside, world.host].map((place) => place.must('ip', '-6', '-o', 'addr')));
    const tentative = addresses
      .join('')
      .split('\n')
      .filter((line) => line.includes('tentative'));
    expect(tentative.filter((line) => !line.includes(': eth0 ') || line.includes('fd00:'))).toEqual([]);
    expect(await inside.ask('ask', 'tcp', clientAddress, 5000)).toHaveProperty('answer');
    expect(await inside.ask('ask', 'tcp', clientAddress6, 5000)).toHaveProperty('answer');
    expect(await world.client.ask('get', hostAddress, 8080 + n)).toEqual({ answer: 'a page' });
    expect(await world.six.ask('get', hostAddress6, 8080 + n)).toEqual({ answer: 'a page' });
  }
});
