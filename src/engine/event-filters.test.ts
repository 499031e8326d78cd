import { expect, test } from 'vitest';
import type { StoreEvent } from '../store/read-events.ts';
import { compileEventFilters } from './event-filters.ts';

const event = (type: string, action: string, id: string, attributes: Record<string, string> = {}): StoreEvent => ({
  type,
  action,
  id,
  attributes,
  time: 0n,
});
const die = event('container', 'die', 'abc123', { name: 'web', image: 'localhost:5000/nginx:1', tier: 'front' });
const pull = event('image', 'pull', 'nginx@sha256:00', { name: 'nginx' });

test.each<[readonly string[], StoreEvent, boolean]>([
  [[], die, true],
  [['type=container'], die, true],
  [['type=image'], die, false],
  [['type=image', 'type=container'], die, true],
  [['type=container', 'event=start'], die, false],
  [['container=abc'], die, true],
  [['container=/web'], die, true],
  [['container=bc1'], die, false],
  [['container=nginx'], pull, false],
  [['image=localhost:5000/nginx:1'], die, true],
  [['image=localhost:5000/nginx'], die, true],
  [['image=localhost'], die, false],
  [['image=nginx'], pull, true],
  [['image=nginx'], die, false],
  [['label=tier'], die, true],
  [['label=tier=front'], die, true],
  [['label=tier=front', 'label=other'], die, false],
  [['label=__proto__'], die, false],
  [['scope=local'], die, true],
  [['scope=swarm'], die, false],
  [['event = die'], die, true],
  [['event=health_status'], event('container', 'health_status: healthy', 'abc'), true],
  [['event=health_status: healthy'], event('container', 'health_status: healthy', 'abc'), true],
  [['event=health_status: healthy'], event('container', 'health_status: unhealthy', 'abc'), false],
  [['event=exec'], event('container', 'exec_start: sh', 'abc'), false],
])('%j of %o: %s', (filters, each, passes) => expect(compileEventFilters(filters)(each)).toBe(passes));

test.each(['', '=', 'type', 'type=', 'color=red', '__proto__=x', '=x'])('the filter %j is refused', (text) => {
  expect(() => compileEventFilters([text])).toThrow(/^the filter ".*" (has no value|is not known)$/);
});
