// manifest.json of a docker archive (Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format"):
// which member is the config of an image, which ones are its layers, and what it is called.
import { TsdockerError } from '../error.ts';
import { array, object, optional, string, strings } from '../image/json.ts';
import type { Reference } from '../image/reference.ts';
import { nameOf } from './names.ts';

export interface DockerArchiveImage {
  /** A member of the archive. */
  readonly config: string;
  readonly names: readonly Reference[];
  /** Members, the lowest layer first. */
  readonly layers: readonly string[];
}

/** As many as a manifest may have. */
const mostLayers = 500;

/** Throws `corrupt`. */
export function parseDockerManifest(bytes: Uint8Array): DockerArchiveImage[] {
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TsdockerError('corrupt', 'manifest.json of the archive is not JSON', { cause });
  }
  return array(list, 'manifest.json of the archive').map((value, index) => {
    const what = `image ${index + 1} of manifest.json`;
    const fields = object(value, what);
    const layers = optional(fields.Layers, (given) => strings(given, `Layers of ${what}`)) ?? [];
    if (layers.length > mostLayers)
      throw new TsdockerError('corrupt', `${what} has ${layers.length} layers, more than ${mostLayers}`);
    const tags = optional(fields.RepoTags, (given) => strings(given, `RepoTags of ${what}`)) ?? [];
    return {
      config: string(fields.Config, `Config of ${what}`),
      names: tags.flatMap((tag) => nameOf(tag) ?? []),
      layers,
    };
  });
}
