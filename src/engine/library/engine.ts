// `import { Engine } from 'tsdocker'`: the engine as a program has it. It wires the parts together, and does what is about no
// one container and no one image. No daemon stands behind it: the containers it starts live on their own.
import { resolve } from 'node:path';
import { TsdockerError } from '../../error.ts';
import type { RegistryOptions } from '../../spec/run-options.ts';
import { type BundleState, isUp } from '../../store/bundles.ts';
import { findContainer, type ListedContainer } from '../../store/containers.ts';
import { openStore, type Store } from '../../store/store.ts';
import { compileContainerFilters } from '../container-filters.ts';
import { createContainer } from '../create.ts';
import { type DiskReport, reportDisk } from '../disk-report.ts';
import { type EventsOptions, type StoreEvent, watchEvents } from '../events.ts';
import { type SystemInfo, systemInfo } from '../info.ts';
import { currentContainers } from '../list-containers.ts';
import { obtainImage } from '../obtain.ts';
import { ownVersion } from '../own-version.ts';
import { type ContainerPlan, planContainer } from '../plan.ts';
import { choosePruned, type PrunedContainers, pruneContainers } from '../prune-containers.ts';
import type { FirstClient } from '../shim-words.ts';
import { runContainerMeanwhile } from '../start.ts';
import { type ContainerStats, containerStats } from '../stats.ts';
import { Container, streamsOf } from './container.ts';
import { alone, type Context, eitherSignal, letGo } from './context.ts';
import { Images } from './images.ts';
import { Networks } from './networks.ts';
import { type ContainerOptions, joined, runOptionsOf } from './options.ts';
import { collect, type Output, type OutputOptions } from './output.ts';
import type { Process } from './process.ts';

export interface EngineOptions {
  /** The store: the folder that holds everything. `$TSDOCKER_ROOT`, or `/var/lib/tsdocker`, unless given. */
  readonly root?: string | undefined;
  /** Beside what the configuration file says. */
  readonly registries?: Partial<RegistryOptions> | undefined;
  /** Told what the host's administrator has to do for containers to be reached: a line each. Somebody else's packet filter is in the way. */
  readonly onAdvice?: ((line: string) => void) | undefined;
}

/** A call that may fetch an image. */
export interface Abortable {
  /** Its reason is thrown; nothing is then left of the container. */
  readonly signal?: AbortSignal | undefined;
}

/** A row of `ps`. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly state: BundleState;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * An engine over one store. As many as you like may be open, in this process and in others, over the same store and over
 * different ones. Needs root. All that it throws of its own is a TsdockerError; what it starts outlives it.
 */
export class Engine implements AsyncDisposable {
  /** The store's folder, absolute. */
  readonly root: string;
  readonly images: Images;
  readonly networks: Networks;
  readonly #store: Store;
  readonly #closed = new AbortController();
  readonly #context: Context;

  private constructor({ root, registries, onAdvice = () => {} }: EngineOptions) {
    this.root = resolve(root ?? process.env.TSDOCKER_ROOT ?? '/var/lib/tsdocker');
    this.#store = openStore(this.root);
    const store = this.#store;
    const { signal } = this.#closed;
    this.#context = {
      get store() {
        signal.throwIfAborted();
        return store;
      },
      registries: joined({ plainHttp: [], mirrors: {} }, registries),
      closed: signal,
      warn: onAdvice,
    };
    this.images = new Images(this.#context);
    this.networks = new Networks(this.#context);
  }

  /** Opens a store, and makes it where there is none. Throws `permission`. */
  static async open(options: EngineOptions = {}): Promise<Engine> {
    return new Engine(options);
  }

  /** Which tsdocker this is. */
  get version(): string {
    return ownVersion;
  }

  /** Lets go of the store. Containers go on; what is waited for ends with `conflict`. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new TsdockerError('conflict', 'the engine was closed'));
    this.#store[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Starts a container, as `tsdocker run -d`: it runs on its own. An image that is not there is fetched.
   * Throws `usage` for options that make no sense, `notFound`, `conflict` for a name that is taken, `unsupported`, and what a
   * launch throws; nothing of it is then left. @param command Empty for the image's own.
   */
  async run(
    image: string,
    command: readonly string[] = [],
    options: ContainerOptions & Abortable = {},
  ): Promise<Container> {
    const plan = await this.#plan(image, command, options);
    letGo(await runContainerMeanwhile(this.#context.store, plan, { ...alone, warn: this.#context.warn }));
    return new Container(this.#context, plan.record.id);
  }

  /** The same without starting it. */
  async create(
    image: string,
    command: readonly string[] = [],
    options: ContainerOptions & Abortable = {},
  ): Promise<Container> {
    const plan = await this.#plan(image, command, options);
    return new Container(this.#context, createContainer(this.#context.store, plan));
  }

  /**
   * Starts a container and stays connected to its first process: none of its output is missed. The container is the
   * caller's to remove, unless it is to remove itself (`rm`). Throws as `run`.
   */
  async spawn(
    image: string,
    command: readonly string[] = [],
    options: ContainerOptions & Abortable = {},
  ): Promise<{ readonly container: Container; readonly process: Process }> {
    const plan = await this.#plan(image, command, options);
    return await this.#spawn(plan);
  }

  /**
   * Runs a container to its end, collects what it says, and removes it. When its time is over, all of it is killed. Throws as `run`,
   * and the signal's reason once the container is gone.
   */
  async output(
    image: string,
    command: readonly string[] = [],
    options: ContainerOptions & OutputOptions = {},
  ): Promise<Output> {
    const { input, timeout, maxOutput, signal, ...rest } = options;
    const plan = await this.#plan(image, command, { interactive: input !== undefined, ...rest, rm: true, signal });
    const { container, process } = await this.#spawn(plan);
    // It removes itself, and is gone when its end is told: here only the record is left.
    await using _gone = container;
    await using _closed = process;
    return await collect(process, { input, timeout, maxOutput, signal }, () => container.kill());
  }

  /** By name, id, or the beginning of an id. Throws `notFound`, and `usage` where several ids begin so. */
  get(name: string): Container {
    return new Container(this.#context, findContainer(this.#context.store, name).record.id);
  }

  /**
   * The containers that run, the newest first. @param all Those that do not, too. @param filters As `ps --filter` takes them. Throws
   * `usage`.
   */
  list({ all = false, filters = [] }: { readonly all?: boolean; readonly filters?: readonly string[] } = {}) {
    const { store } = this.#context;
    const listed = currentContainers(store);
    const filter = filters.length === 0 ? undefined : compileContainerFilters(store, filters, listed);
    return listed
      .filter(
        (each) => (all || filter?.all === true || isUp(each.state)) && (filter === undefined || filter.passes(each)),
      )
      .map(summary);
  }

  /** Removes the containers that do not run. @param filters As `container prune --filter` takes them. */
  async prune({ filters = [] }: { readonly filters?: readonly string[] } = {}): Promise<PrunedContainers> {
    return await pruneContainers(this.#context.store, choosePruned(filters, Date.now()));
  }

  /** What happens to containers and images, whoever does it: from now on, or from `since` on. Throws the signal's reason. */
  events(options: Omit<EventsOptions, 'signal'> & Abortable = {}): AsyncGenerator<StoreEvent> {
    return watchEvents(this.#context.store, { ...options, signal: eitherSignal(this.#context, options.signal) });
  }

  /** What the containers use, all of them or those that are named, again and again. @param options.interval Milliseconds. */
  stats(
    names: readonly string[] = [],
    options: { readonly interval?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<readonly ContainerStats[], void, undefined> {
    const signal = eitherSignal(this.#context, options.signal);
    return containerStats(this.#context.store, names, { ...options, signal, stream: true });
  }

  /** What this host is and what the store holds, under Docker's names. */
  info(): SystemInfo {
    return systemInfo(this.#context.store);
  }

  /** How much room images and containers take. Looks at every file of the store. */
  diskUsage(): DiskReport {
    return reportDisk(this.#context.store);
  }

  async #plan(
    image: string,
    command: readonly string[],
    { signal, ...given }: ContainerOptions & Abortable,
  ): Promise<ContainerPlan> {
    signal?.throwIfAborted();
    const options = runOptionsOf(image, command, given, this.#context.registries);
    const { pull, registries, platform } = options;
    const stored = await obtainImage(this.#context.store, image, {
      pull,
      registries,
      signal: eitherSignal(this.#context, signal),
      ...(platform === undefined ? {} : { platform }),
    });
    signal?.throwIfAborted();
    return planContainer(this.#context.store, stored, options);
  }

  async #spawn(plan: ContainerPlan): Promise<{ readonly container: Container; readonly process: Process }> {
    const { interactive } = plan.options;
    const client: FirstClient = { streams: streamsOf(interactive), whole: true };
    const { control } = await runContainerMeanwhile(this.#context.store, plan, { client, warn: this.#context.warn });
    const container = new Container(this.#context, plan.record.id);
    return { container, process: await container.connected(control, interactive) };
  }
}

const summary = ({ record, state }: ListedContainer): ContainerSummary => ({
  id: record.id,
  name: record.name,
  image: record.image,
  command: record.command,
  createdAt: record.createdAt,
  state,
  labels: record.settings.options.labels,
});
