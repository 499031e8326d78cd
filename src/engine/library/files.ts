// The files of a container, running or not (engine/copy.ts).

import { resolve } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { copyFromContainer, copyToContainer, readFromContainer, unpackInContainer } from '../copy.ts';
import { type Context, eitherSignal } from './context.ts';
import { webStream } from './values.ts';

export interface CopyOptions {
  /** Owners, attributes and set-user-ID bits stay. Otherwise files belong to the container's root, or to whoever calls. */
  readonly archive?: boolean | undefined;
  /** Where the source is a link, what it leads to is copied. */
  readonly followLink?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Nothing of the container is executed, and no link in it leads out of it. Paths in a container are absolute. */
export class Files {
  readonly #context: Context;
  readonly #container: string;

  /** @internal */
  constructor(context: Context, container: string) {
    this.#context = context;
    this.#container = container;
  }

  /** Copies a file or directory of the host into the container, by the rules of `cp`. Throws `notFound`, `usage`, `conflict`. */
  async copyIn(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await copyToContainer(this.#context.store, resolve(from), this.#at(to), this.#copying(options));
  }

  /** The other way round. */
  async copyOut(from: string, to: string, options: CopyOptions = {}): Promise<void> {
    await copyFromContainer(this.#context.store, this.#at(from), resolve(to), this.#copying(options));
  }

  /** A file or directory of the container as a tar. */
  pack(path: string, options: Omit<CopyOptions, 'archive'> = {}): ReadableStream<Uint8Array> {
    return webStream(readFromContainer(this.#context.store, this.#at(path), this.#copying(options)));
  }

  /** Unpacks a tar, compressed or not, in a directory of the container, with the owners that it names. */
  async unpack(
    tar: AsyncIterable<Uint8Array>,
    path: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    await unpackInContainer(this.#context.store, { pieces: tar }, this.#at(path), {
      signal: eitherSignal(this.#context, signal),
    });
  }

  #at(path: string): { container: string; path: string } {
    return { container: this.#container, path };
  }

  #copying({ archive = false, followLink = false, signal }: CopyOptions) {
    return { archive, followLink, signal: eitherSignal(this.#context, signal) };
  }
}
