// What a pull has said of its layers so far, in the order in which it first spoke of them. Pure: the events of the engine come in,
// what is to be shown is read by render.ts and lines.ts.
import type { PullProgress } from '../../engine/pull.ts';
import type { Digest } from '../../image/digest.ts';

export type Layers = ReadonlyMap<Digest, PullProgress>;

/** Nothing more happens to it. */
export const isDone = ({ status }: PullProgress): boolean => status === 'exists' || status === 'unpacked';

/**
 * The layers after an event. An image may have a layer several times; what becomes of its copies is not shown, so the same map
 * comes back.
 */
export function withProgress(layers: Layers, event: PullProgress): Layers {
  const before = layers.get(event.layer);
  if (before !== undefined && isDone(before)) return layers;
  return new Map(layers).set(event.layer, event);
}
