// The networks of a store, as a program sees them: every verb of the command line that is about networks.
import type { NetworkRecord, NetworkSubnet } from '../../store/networks.ts';
import { findNetwork } from '../../store/networks.ts';
import type { Store } from '../../store/store.ts';
import { connectContainer } from '../network/connect.ts';
import { createNetwork, type NetworkOptions } from '../network/create.ts';
import { disconnectContainer } from '../network/disconnect.ts';
import { inspectNetwork } from '../network/inspect.ts';
import { filteredNetworks } from '../network/list.ts';
import { chooseNetworks, pruneNetworks } from '../network/prune.ts';
import { removeNetwork } from '../network/remove.ts';
import { sweepContainers } from '../sweep.ts';
import type { Context } from './context.ts';
import { type NetworkRequest, requestOf } from './network-options.ts';
import { defined, plain } from './values.ts';

/** As `tsdocker network create` takes them; subnets are text, `172.28.0.0/16`, and taken from Docker's usual ones unless given. */
export type NetworkCreateOptions = {
  readonly [Key in keyof Omit<NetworkOptions, 'name' | 'driver'>]?: NetworkOptions[Key] | undefined;
};

/** What a container is called in a network, and addresses of its own there. */
export type ConnectRequest = Omit<NetworkRequest, 'name'>;

/** A row of `network ls`. */
export interface NetworkSummary {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly driver: 'bridge' | 'host' | 'null';
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** At most one a family. */
  readonly subnets: readonly NetworkSubnet[];
  /** Nothing of it leaves the host. */
  readonly internal: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** Networks are named by name, id, or the beginning of an id; containers as well. */
export class Networks {
  readonly #context: Context;

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Makes a network, whose bridge is made when a container first needs it. Throws `conflict` where the name or a subnet is taken, and
   * `usage`.
   */
  create(name: string, options: NetworkCreateOptions = {}): NetworkSummary {
    const given = defined(options) as Partial<NetworkOptions>;
    return summary(createNetwork(this.#context.store, { ...given, name }));
  }

  /** By their names. @param filters As `network ls --filter` takes them. Throws `usage`. */
  list({ filters = [] }: { readonly filters?: readonly string[] } = {}): readonly NetworkSummary[] {
    return filteredNetworks(this.#context.store, filters).map(summary);
  }

  /** All that is known of it, in the shape of Docker's API; of its containers, those that run. Throws `notFound`. */
  inspect(name: string): Readonly<Record<string, unknown>> {
    const { store } = this.#context;
    return plain(inspectNetwork(store, findNetwork(store, name))) as Record<string, unknown>;
  }

  /** Throws `notFound`, and `conflict` where containers that run are in it. */
  remove(name: string): void {
    removeNetwork(this.#swept(), name);
  }

  /** Removes all that people made and no container is in. @param filters As `network prune --filter` takes them. @returns Their names. */
  prune({ filters = [] }: { readonly filters?: readonly string[] } = {}): readonly string[] {
    return pruneNetworks(this.#swept(), chooseNetworks(filters, Date.now()));
  }

  /**
   * Gives a container a place in one more network, at once where it runs. Throws `notFound`, `usage` for what does not fit the
   * network, and `conflict` where it is in it already or an address is taken.
   */
  async connect(network: string, container: string, request: ConnectRequest = {}): Promise<void> {
    const { name: _, ...asked } = requestOf({ ...request, name: network });
    const advice = await connectContainer(this.#swept(), network, container, asked);
    for (const line of advice) this.#context.warn(line);
  }

  /** Takes a container out of a network, at once where it runs. Throws `notFound`, and `conflict` where it is not in it. */
  async disconnect(network: string, container: string): Promise<void> {
    await disconnectContainer(this.#swept(), network, container);
  }

  #swept(): Store {
    const { store } = this.#context;
    sweepContainers(store);
    return store;
  }
}

const summary = ({ id, name, driver, createdAt, settings }: NetworkRecord): NetworkSummary => ({
  id,
  name,
  driver,
  createdAt,
  subnets: settings.subnets,
  internal: settings.internal,
  labels: settings.labels,
});
