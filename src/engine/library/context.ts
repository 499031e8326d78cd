// What the objects of one engine share.
import { kernel } from '../../kernel/index.ts';
import type { RegistryOptions } from '../../spec/run-options.ts';
import type { Store } from '../../store/store.ts';

export interface Context {
  /** Throws `conflict` where the engine was closed. */
  readonly store: Store;
  readonly registries: RegistryOptions;
  /** Aborted when the engine is closed. */
  readonly closed: AbortSignal;
  /** What an administrator has to do for a container to be reached. */
  readonly warn: (line: string) => void;
}

/** A signal of the caller's, or the end of the engine. */
export const eitherSignal = ({ closed }: Context, signal: AbortSignal | undefined): AbortSignal =>
  signal === undefined ? closed : AbortSignal.any([closed, signal]);

/** Nobody is to be attached. */
export const alone = { client: { streams: [], whole: false } } as const;

/** Lets go of the connection to a container that was just started: it is on its own. */
export function letGo(started: { readonly control: number } | undefined): void {
  if (started !== undefined) kernel.close(started.control);
}
