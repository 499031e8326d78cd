// A container, as a program sees it: every verb of the command line that is about one of them.

import type { ReadableStream } from 'node:stream/web';
import { setTimeout as pause } from 'node:timers/promises';
import { TsdockerError } from '../../error.ts';
import { parseReference } from '../../image/reference.ts';
import type { WindowSize } from '../../launch/devices.ts';
import type { Stream } from '../../spec/run-options.ts';
import { type BundleState, readBundleState } from '../../store/bundles.ts';
import { containerOf, findContainer, forgetContainer } from '../../store/containers.ts';
import { type Health, readHealth } from '../../store/health.ts';
import { attachContainer } from '../attach.ts';
import { type ContainerChange, containerChanges } from '../container-changes.ts';
import { type ContainerPort, portsOf } from '../container-ports.ts';
import { execInContainer } from '../exec.ts';
import { exportContainer } from '../export.ts';
import { type InspectOptions, inspectContainer } from '../inspect-container.ts';
import { type LogEntry, type LogsOptions, readLogs } from '../logs.ts';
import { removeContainer } from '../remove.ts';
import { renameContainer } from '../rename.ts';
import { restartContainer } from '../restart.ts';
import { startContainer } from '../start.ts';
import { type ContainerStats, containerStats } from '../stats.ts';
import { killContainer, pauseContainer, type StopOptions, stopContainer } from '../stop.ts';
import { sweepContainers } from '../sweep.ts';
import { containerTop, type ProcessList } from '../top.ts';
import { type ChangedOptions, updateContainer } from '../update.ts';
import { type Exit, waitForContainer } from '../wait.ts';
import { alone, type Context, eitherSignal, letGo } from './context.ts';
import { Files } from './files.ts';
import { type ContainerOptions, environmentOf } from './options.ts';
import { collect, type Output, type OutputOptions } from './output.ts';
import { Process } from './process.ts';
import { defined, plain, taggedReference, webStream } from './values.ts';

/** Another process in a container. */
export interface ExecOptions {
  readonly env?: ContainerOptions['env'];
  /** As `run` takes it; the container's own unless given. */
  readonly user?: string | undefined;
  /** An absolute path; the container's own unless given. */
  readonly workdir?: string | undefined;
  /** It gets an input (`stdin`); otherwise it reads nothing. */
  readonly interactive?: boolean | undefined;
  /** It gets a terminal; both of its outputs are then one. */
  readonly tty?: boolean | undefined;
  /** Of the terminal. */
  readonly size?: WindowSize | undefined;
  /** With all capabilities, and without a system call filter. */
  readonly privileged?: boolean | undefined;
}

export interface CommitOptions {
  /** The image's name; without it, it has none. */
  readonly name?: string | undefined;
  readonly author?: string | undefined;
  /** What the history of the image says. */
  readonly message?: string | undefined;
  /** Dockerfile instructions, such as `CMD ["/bin/sh"]`. */
  readonly changes?: readonly string[] | undefined;
  /** Whether its processes stand still while its files are read; they do unless told. */
  readonly pause?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type LogOptions = Omit<LogsOptions, 'signal'> & { readonly signal?: AbortSignal | undefined };

/**
 * A container of the engine's store. It is a handle: the container lives on without it, other programs may change it, and every
 * call looks anew. Each throws `notFound` once the container was removed. `await using` removes it by force.
 */
export class Container implements AsyncDisposable {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Its files: copies in and out. */
  readonly files: Files;
  readonly #context: Context;

  /** @internal */
  constructor(context: Context, id: string) {
    this.#context = context;
    this.id = id;
    this.files = new Files(context, id);
  }

  /** As it is called now. */
  get name(): string {
    return this.#record().name;
  }

  /** What it is doing, as its folder says. */
  get state(): BundleState {
    return findContainer(this.#context.store, this.id).state;
  }

  /** Its ports as they are now, published and only told of; none while it does not run. */
  get ports(): readonly ContainerPort[] {
    return portsOf(this.#context.store, findContainer(this.#context.store, this.id));
  }

  /** How its health check goes; undefined where it has none. */
  get health(): Health | undefined {
    return readHealth(this.#context.store, findContainer(this.#context.store, this.id));
  }

  /** Starts it where it does not run. Throws `conflict` where somebody is just starting or removing it, and what a launch throws. */
  async start(): Promise<void> {
    sweepContainers(this.#context.store);
    letGo(startContainer(this.#context.store, this.#record(), { ...alone, warn: this.#context.warn }));
  }

  /**
   * Starts it and stays connected from its first byte on. Throws `conflict` where it runs already.
   * @param size Of its terminal, where it has one.
   */
  async spawn({ size }: { readonly size?: WindowSize | undefined } = {}): Promise<Process> {
    const { store } = this.#context;
    sweepContainers(store);
    const record = this.#record();
    const { interactive } = record.settings.options;
    const started = startContainer(store, record, {
      client: { streams: streamsOf(interactive), whole: true },
      warn: this.#context.warn,
      ...(size === undefined ? {} : { windowSize: size }),
    });
    if (started === undefined) throw new TsdockerError('conflict', `the container ${record.name} runs already`);
    return await this.#process(started.control, interactive);
  }

  /** Asks it to end, and kills it when its time is over. Resolves when it does not run; one that does not is no error. */
  async stop(options: StopOptions = {}): Promise<void> {
    await stopContainer(this.#context.store, this.id, options);
  }

  /** Sends a signal, `SIGKILL` unless given; after that one it has ended. Throws `conflict` where it does not run. */
  async kill(signal?: string): Promise<void> {
    await killContainer(this.#context.store, this.id, signal);
  }

  async restart(options: StopOptions = {}): Promise<void> {
    await restartContainer(this.#context.store, this.id, options);
  }

  /** Has all its processes stand still. Throws `conflict` where they do already, or it does not run. */
  async pause(): Promise<void> {
    pauseContainer(this.#context.store, this.id, true);
  }

  async unpause(): Promise<void> {
    pauseContainer(this.#context.store, this.id, false);
  }

  /** Resolves when it does not run: at once where it does not. Throws the signal's reason. */
  async wait({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Exit> {
    return await waitForContainer(this.#context.store, this.id, eitherSignal(this.#context, signal));
  }

  /**
   * Resolves when its health check succeeds. Throws `conflict` where it fails for good or the container ends first, `usage` where
   * nothing is checked, and the signal's reason. @param timeout Milliseconds.
   */
  async waitUntilHealthy(options: { readonly timeout?: number; readonly signal?: AbortSignal } = {}): Promise<void> {
    const { timeout } = options;
    const late = timeout === undefined ? undefined : Date.now() + timeout;
    const signal = eitherSignal(this.#context, options.signal);
    for (;;) {
      signal.throwIfAborted();
      const { record, state } = findContainer(this.#context.store, this.id);
      const health = readHealth(this.#context.store, { record, state });
      if (record.settings.healthcheck === undefined) {
        throw new TsdockerError('usage', `the container ${record.name} has no health check`, {
          hint: "give it one: { health: { test: 'command' } }",
        });
      }
      if (state.status !== 'running' && state.status !== 'paused') {
        throw new TsdockerError('conflict', `the container ${record.name} is ${state.status}, and not healthy`);
      }
      if (health?.status === 'healthy') return;
      if (health?.status === 'unhealthy' || (late !== undefined && Date.now() > late)) {
        const output = health?.log.at(-1)?.output.trim();
        throw new TsdockerError('conflict', `the container ${record.name} is ${health?.status ?? 'not healthy'}`, {
          details: { log: health?.log ?? [] },
          ...(output ? { hint: `its check says: ${output}` } : {}),
        });
      }
      await pause(20);
    }
  }

  /**
   * Runs another process in it. Throws `conflict` where it does not run or is paused, `commandNotFound` and `commandNotExecutable`.
   * The process ends its streams when it ends itself, whatever its children do.
   */
  async exec(command: readonly string[], options: ExecOptions = {}): Promise<Process> {
    const { env, user, workdir, interactive = false, tty = false, size, privileged = false } = options;
    if (command.length === 0) throw new TsdockerError('usage', 'there is no command to be run');
    if (command.some((word) => word.includes('\0'))) {
      throw new TsdockerError('usage', 'the command has a NUL character in it');
    }
    const given = defined({ user, workdir }) as { user?: string; workdir?: string };
    const connection = execInContainer(
      this.#context.store,
      this.id,
      { command, env: environmentOf(env), interactive, tty, privileged, ...given },
      { client: { streams: streamsOf(interactive), whole: true }, windowSize: size },
    );
    // Nobody knows how a process ended whose shim was killed: as the shim.
    const lostExit = async (): Promise<Exit> => ({ exitCode: 137, oomKilled: false });
    return await Process.over(connection, { takesInput: interactive, lostExit });
  }

  /** Runs a process in it to its end, and collects what it says. When its time is over, that process is killed, not its children. */
  async output(command: readonly string[], options: ExecOptions & OutputOptions = {}): Promise<Output> {
    options.signal?.throwIfAborted();
    const interactive = options.input !== undefined;
    await using process = await this.exec(command, { ...options, interactive });
    return await collect(process, options, () => process.kill());
  }

  /** A connection to its first process: output comes from now on. Throws `conflict` where it does not run. */
  async attach(): Promise<Process> {
    const { interactive } = this.#record().settings.options;
    const client = { streams: streamsOf(interactive), whole: false };
    const { connection } = attachContainer(this.#context.store, this.id, client);
    return await this.#process(connection, interactive);
  }

  /** What it said, an entry a line; with `follow`, also what it is going to say, until it ends. */
  logs(options: LogOptions = {}): AsyncGenerator<LogEntry, void, undefined> {
    const signal = eitherSignal(this.#context, options.signal);
    return readLogs(this.#context.store, this.id, { ...options, signal });
  }

  /** What it uses, each second until it is removed, or the signal is aborted, whose reason is thrown. */
  async *stats(
    options: { readonly interval?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ContainerStats, void, undefined> {
    const signal = eitherSignal(this.#context, options.signal);
    for await (const each of containerStats(this.#context.store, [this.id], { ...options, signal, stream: true })) {
      yield* each;
    }
  }

  /** Its processes, as the host numbers them. @param options For ps(1). */
  async top(options: readonly string[] = []): Promise<ProcessList> {
    return await containerTop(this.#context.store, this.id, options);
  }

  /** All that is known of it, in the shape of Docker's API. */
  inspect(options: InspectOptions = {}): Readonly<Record<string, unknown>> {
    const { store } = this.#context;
    return plain(inspectContainer(store, findContainer(store, this.id), options)) as Record<string, unknown>;
  }

  /** What it changed in the files of its image. */
  async diff(): Promise<readonly ContainerChange[]> {
    return [...containerChanges(this.#context.store, this.id)];
  }

  /** Makes an image of it, and returns the image's id. */
  async commit(options: CommitOptions = {}): Promise<string> {
    const { name, author = '', message = '', changes = [], pause: pauses = true, signal } = options;
    const reference = name === undefined ? undefined : taggedReference(parseReference(name));
    const { commitContainer } = await import('../commit.ts');
    return await commitContainer(this.#context.store, this.id, reference, {
      author,
      message,
      changes,
      pause: pauses,
      created: new Date(),
      ...(signal && { signal }),
    });
  }

  /** All its files as a tar. */
  export(): ReadableStream<Uint8Array> {
    return webStream(exportContainer(this.#context.store, this.id));
  }

  async rename(name: string): Promise<void> {
    renameContainer(this.#context.store, this.id, name);
  }

  /** Changes limits and the restart policy, at once where it runs: what is given, and nothing else. */
  async update(change: { readonly [Name in keyof ChangedOptions]?: ChangedOptions[Name] | undefined }): Promise<void> {
    const given = defined(change) as Partial<ChangedOptions>;
    await updateContainer(this.#context.store, this.id, (options) => ({ ...options, ...given }));
  }

  /** Throws `conflict` where it runs, unless it is killed by `force`; one that is gone is `notFound`. */
  async remove({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await removeContainer(this.#context.store, this.id, force);
  }

  /** Removes it, by force; that it is gone is no error. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { store } = this.#context;
    if (readBundleState(store, this.id) === undefined) {
      forgetContainer(store, this.id);
      return;
    }
    try {
      await removeContainer(store, this.id, true);
    } catch (error) {
      if (!(error instanceof TsdockerError) || error.code !== 'notFound') throw error;
    }
  }

  /** @internal @param connection Belongs to the process from here on. */
  async connected(connection: number, takesInput: boolean): Promise<Process> {
    return await this.#process(connection, takesInput);
  }

  #process(connection: number, takesInput: boolean): Promise<Process> {
    const lostExit = (): Promise<Exit> => waitForContainer(this.#context.store, this.id);
    return Process.over(connection, { takesInput, lostExit });
  }

  #record() {
    const record = containerOf(this.#context.store, this.id);
    if (record !== undefined) return record;
    throw new TsdockerError('notFound', `there is no container ${this.id.slice(0, 12)}`);
  }
}

export const streamsOf = (interactive: boolean): readonly Stream[] => [
  ...(interactive ? (['stdin'] as const) : []),
  'stdout',
  'stderr',
];

export type { BundleState, Health };
