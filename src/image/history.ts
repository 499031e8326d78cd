// How an image came to be (image-spec config.md, "history"): told by whoever made it, and so not to be trusted.
import { TsdockerError } from '../error.ts';
import { array, object, optional, parseObject, string } from './json.ts';

export interface HistoryEntry {
  /** RFC 3339; undefined where it does not say. */
  readonly created?: string;
  /** The command. */
  readonly createdBy: string;
  readonly comment: string;
  /** Which layer of the image it made, the lowest is 0; undefined where it made none. */
  readonly layer?: number;
}

/**
 * The history that an image config tells, the oldest first. Empty where it tells none: the field is optional. Throws `corrupt`
 * where it tells of more layers than there are.
 */
export function parseHistory(config: Uint8Array): HistoryEntry[] {
  const fields = parseObject(config, 'the image config');
  const { diff_ids: diffIDs } = object(fields.rootfs, 'rootfs of the image config');
  const layers = array(diffIDs ?? [], 'diff_ids of the image config').length;
  const entries = optional(fields.history, (value) => array(value, 'history of the image config')) ?? [];
  let layer = 0;
  const history = entries.map((value) => {
    const entry = parseEntry(value);
    if (entry.isEmpty) return entry.told;
    return { ...entry.told, layer: layer++ };
  });
  // Fewer are allowed: the history is optional.
  if (layer > layers)
    throw new TsdockerError('corrupt', `the history of the image tells of ${layer} layers, and it has ${layers}`);
  return history;
}

function parseEntry(value: unknown): { readonly isEmpty: boolean; readonly told: HistoryEntry } {
  const what = 'the history of the image config';
  const fields = object(value, `an entry of ${what}`);
  const text = (name: string) => optional(fields[name], (given) => string(given, `${name} in ${what}`));
  const created = text('created');
  return {
    isEmpty: fields.empty_layer === true,
    told: {
      ...(created === undefined ? {} : { created }),
      createdBy: text('created_by') ?? '',
      comment: text('comment') ?? '',
    },
  };
}
