// The images of a store, as a program sees them: every verb of the command line that is about images.
import type { ReadableStream } from 'node:stream/web';
import { hostPlatform, parsePlatform } from '../../image/platform.ts';
import { familiarName, formatReference, parseReference } from '../../image/reference.ts';
import type { RegistryOptions } from '../../spec/run-options.ts';
import { type ImageStep, imageHistory } from '../history.ts';
import { inspectImage } from '../inspect-image.ts';
import { type ImageRow, imageRows } from '../list-images.ts';
import { needImage } from '../need-image.ts';
import { obtainImage, pullByName } from '../obtain.ts';
import { type Pruned, pruneImages } from '../prune.ts';
import type { PullProgress } from '../pull.ts';
import type { PushProgress } from '../push.ts';
import { type Removed, removeImage } from '../remove-image.ts';
import { tagImage } from '../tag.ts';
import { type Context, eitherSignal } from './context.ts';
import { joined } from './options.ts';
import { plain, taggedReference, webStream } from './values.ts';

export interface PullOptions {
  /** Such as `linux/arm64`; the host's unless given. */
  readonly platform?: string | undefined;
  readonly registries?: Partial<RegistryOptions> | undefined;
  /** Called as often as something moves. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushOptions {
  readonly registries?: Partial<RegistryOptions> | undefined;
  readonly onProgress?: ((progress: PushProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadOptions {
  readonly platform?: string | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ImportOptions {
  /** The image's name; without it, it has none. */
  readonly name?: string | undefined;
  readonly platform?: string | undefined;
  /** Dockerfile instructions, such as `CMD ["/bin/sh"]`. */
  readonly changes?: readonly string[] | undefined;
  /** What the history of the image says. */
  readonly message?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Names are as on the command line: `alpine`, `registry.example:5000/team/app:1`, an id or the beginning of one. */
export class Images {
  readonly #context: Context;

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Fetches an image. When it resolves, the image is in the store and can be run; what is there already is not fetched again. Throws
   * `registry`, `notFound`, `corrupt`, and the signal's reason. @returns Its id.
   */
  async pull(name: string, { platform, registries, onProgress, signal }: PullOptions = {}): Promise<string> {
    await pullByName(this.#context.store, name, {
      registries: joined(this.#context.registries, registries),
      signal: eitherSignal(this.#context, signal),
      ...(platform === undefined ? {} : { platform }),
      ...(onProgress && { onProgress }),
    });
    return needImage(this.#context.store, formatReference(parseReference(name))).configDigest;
  }

  /** The same, but only where the image is not in the store; those that are built in are built. @returns Its id. */
  async ensure(name: string, { platform, registries, onProgress, signal }: PullOptions = {}): Promise<string> {
    const image = await obtainImage(this.#context.store, name, {
      pull: 'missing',
      registries: joined(this.#context.registries, registries),
      signal: eitherSignal(this.#context, signal),
      ...(platform === undefined ? {} : { platform }),
      ...(onProgress && { onProgress }),
    });
    return image.configDigest;
  }

  /** A row for each name, the newest first. @param filters As `images --filter` takes them. Throws `usage`. */
  list({ filters = [] }: { readonly filters?: readonly string[] } = {}): readonly ImageRow[] {
    return imageRows(this.#context.store, { filters, digests: false, now: Date.now() });
  }

  /** All that is known of it, in the shape of Docker's API. Throws `notFound`. */
  inspect(name: string): Readonly<Record<string, unknown>> {
    const { store } = this.#context;
    return plain(inspectImage(store, needImage(store, name))) as Record<string, unknown>;
  }

  /** How it was made, the newest step first. Throws `notFound`. */
  history(name: string): readonly ImageStep[] {
    return imageHistory(this.#context.store, name);
  }

  /** Gives it another name, which whoever had it loses. Throws `notFound` and `usage`. */
  tag(name: string, other: string): void {
    tagImage(this.#context.store, name, other);
  }

  /** Removes a name, and with the last one the image. Throws `notFound`, and `conflict` where a container uses it. */
  remove(name: string, { force = false }: { readonly force?: boolean } = {}): readonly Removed[] {
    return removeImage(this.#context.store, name, { force });
  }

  /** Removes images without a name, or with `all` all that no container uses, and whatever nothing needs. */
  prune({ all = false, filters = [] }: { readonly all?: boolean; readonly filters?: readonly string[] } = {}): Pruned {
    return pruneImages(this.#context.store, { all, filters, now: Date.now() });
  }

  /** Sends it to its registry. Throws `registry`, `notFound`, and the signal's reason. @returns The digest of its manifest. */
  async push(name: string, { registries, onProgress, signal }: PushOptions = {}): Promise<string> {
    const { choosePushed, pushImage } = await import('../push.ts');
    const { store } = this.#context;
    const [reference] = choosePushed(store, name, false);
    const { digest } = await pushImage(store, reference!, {
      registries: joined(this.#context.registries, registries),
      signal: eitherSignal(this.#context, signal),
      ...(onProgress && { onProgress }),
    });
    return digest;
  }

  /** Images as a tar that tsdocker, Docker, podman and skopeo load. Throws `notFound` before the first byte. */
  save(names: readonly string[]): ReadableStream<Uint8Array> {
    const { store } = this.#context;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      const { saveImages } = await import('../save.ts');
      yield* saveImages(store, names);
    }
    return webStream(pieces());
  }

  /** Brings the images of an archive into the store. @returns Their names, and ids of those that have none. */
  async load(tar: AsyncIterable<Uint8Array>, options: LoadOptions = {}): Promise<readonly string[]> {
    const { platform, onProgress, signal } = options;
    const { loadImages } = await import('../load.ts');
    const loaded: string[] = [];
    await loadImages(
      this.#context.store,
      { pieces: tar },
      {
        signal: eitherSignal(this.#context, signal),
        onLoaded: ({ id, names }) => loaded.push(...(names.length === 0 ? [id] : names.map(familiarName))),
        ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
        ...(onProgress && { onProgress }),
      },
    );
    return loaded;
  }

  /** Makes an image of one layer from the tar of a file system, compressed or not. @returns Its id. */
  async import(tar: AsyncIterable<Uint8Array>, options: ImportOptions = {}): Promise<string> {
    const { name, platform, changes = [], message = '', signal } = options;
    const reference = name === undefined ? undefined : taggedReference(parseReference(name));
    const { importImage } = await import('../import.ts');
    return await importImage(this.#context.store, { pieces: tar }, reference, {
      platform: platform === undefined ? hostPlatform() : parsePlatform(platform),
      changes,
      message,
      created: new Date(),
      signal: eitherSignal(this.#context, signal),
    });
  }
}
