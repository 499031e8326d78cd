// Starts a container: its cgroup, its layers, its shim and the launch program. Whatever fails on the way, and at whichever step,
// everything made so far is taken back before the error goes on.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeCgroup, createCgroup, discardCgroup } from '../cgroup/cgroup.ts';
import { type ErrorCode, TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { errnoName, kernel } from '../kernel/index.ts';
import type { WindowSize } from '../launch/devices.ts';
import { encodePhase } from '../launch/encode.ts';
import {
  type Launch,
  LaunchError,
  networkNamespacePlace,
  startLaunch,
  userNamespacePlace,
} from '../launch/launcher.ts';
import { compileProcess, filterOf, type ResolvedProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import { isUp, type LockedBundle, lockBundle, readBundleState, writeBundleFile } from '../store/bundles.ts';
import type { ContainerRecord } from '../store/containers.ts';
import { containerEvent } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { bootFile, bootId } from './boot-id.ts';
import { makeContainer, makeMissingSources } from './create.ts';
import { healthPhases } from './health-program.ts';
import { launchHint } from './launch-hint.ts';
import { noteHolder, shareLayers } from './layer-namespace.ts';
import { openRoot } from './look-up.ts';
import { type StartingNetwork, startNetwork } from './network/join.ts';
import { type ContainerPlan, planStored } from './plan.ts';
import { compileFirstPhase, resolvedSpec, resolveProcess, withNamespaces } from './plan-program.ts';
import { resumeWords } from './resume.ts';
import { type FirstClient, shimWords } from './shim-words.ts';
import { createUserNamespace } from './user-namespace.ts';

/** A container whose command is running. */
export interface StartedContainer {
  readonly id: string;
  readonly name: string;
  /** The first process, as the host numbers it. */
  readonly pid: number;
  /** A connection to its shim (launch/frames.ts), attached as was asked: the caller's. */
  readonly control: number;
}

export interface StartOptions {
  /** Of the caller's terminal, for a container that has one. */
  readonly windowSize?: WindowSize;
  readonly client: FirstClient;
  /** Told what an administrator has to do for the container to be reached. */
  readonly warn?: (line: string) => void;
}

function lookUpProcess(plan: ContainerPlan, pid: number): ResolvedProcess {
  using root = openRoot(pid);
  return resolveProcess(plan, root);
}

/** Makes a container and starts it. Throws what the launch throws, with the container's name in front; nothing of it is then left. */
export const runContainer = (store: Store, plan: ContainerPlan, options: StartOptions): StartedContainer =>
  atOnce(runInSteps(store, plan, options));

/** The same for a program that has something else to do while the kernel works. */
export const runContainerMeanwhile = (
  store: Store,
  plan: ContainerPlan,
  options: StartOptions,
): Promise<StartedContainer> => meanwhile(runInSteps(store, plan, options));

/** Work that has to wait in between: what it yields says whether the wait is over. Going on before that waits. */
type Steps<T> = Generator<() => boolean, T>;

function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

async function meanwhile<T>(steps: Steps<T>): Promise<T> {
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      while (!step.value()) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  } finally {
    steps.return(undefined as never); // where looking failed, what was made so far is taken back
  }
}

function* runInSteps(store: Store, plan: ContainerPlan, options: StartOptions): Steps<StartedContainer> {
  using made = makeContainer(store, plan);
  try {
    makeMissingSources(plan);
    const started = yield* launch(store, plan, made.bundle, options);
    made.keep();
    return started;
  } catch (error) {
    throw explained(error, plan);
  }
}

/**
 * Starts a container that was made before. Undefined where it runs already. Throws `conflict` where somebody else is just
 * about to do something with it, and what the launch throws; the container is then as it was.
 */
export function startContainer(
  store: Store,
  record: ContainerRecord,
  options: StartOptions,
): StartedContainer | undefined {
  const bundle = lockBundle(store, record.id);
  if (bundle === undefined) {
    const state = readBundleState(store, record.id);
    if (isUp(state)) return undefined;
    throw new TsdockerError(
      'conflict',
      `the container ${record.name} is being ${state === undefined ? 'removed' : 'started'} at this moment`,
    );
  }
  try {
    const plan = planStored(store, record);
    makeMissingSources(plan);
    try {
      return atOnce(launch(store, plan, bundle, options));
    } catch (error) {
      throw explained(error, plan);
    }
  } finally {
    kernel.close(bundle.descriptor);
  }
}

/** @param bundle Stays the caller's. */
function* launch(
  store: Store,
  plan: ContainerPlan,
  bundle: LockedBundle,
  { client, windowSize, warn = () => {} }: StartOptions,
): Steps<StartedContainer> {
  const { record, options } = plan;
  const { id, name, settings } = record;
  using undo = new DisposableStack();
  const cgroup = createCgroup(plan.cgroup, { id });
  undo.defer(() => discardCgroup(plan.cgroup, cgroup, { id }));
  using namespace = options.uidMap.length > 0 ? createUserNamespace(options.uidMap, options.gidMap) : undefined;
  using network = startNetwork(store, record, namespace === undefined ? undefined : { path: namespace.network });
  const spec = withNamespaces(plan.spec, {
    ...(namespace === undefined ? {} : { user: userNamespacePlace }),
    ...(network.namespace === undefined ? {} : { network: networkNamespacePlace }),
  });
  const first = compileFirstPhase(plan, spec, windowSize);
  const images = plan.layers.filter(({ kind }) => kind === 'image');
  using layers = images.length > 0 ? shareLayers(store, images) : undefined;
  using users = namespace === undefined ? undefined : openNamespace(namespace.path);
  const launched = startLaunch(first, {
    id,
    words: shimWords(settings, client),
    bundle: bundle.descriptor,
    cgroup,
    layers,
    users: users?.descriptor,
    network: network.namespace,
  });
  using started = new DisposableStack();
  started.defer(launched.abandon);
  // While the first phase runs.
  for (const line of connected(network, launched)) warn(line);
  if (spec.linux.seccomp !== undefined) filterOf(spec.linux.seccomp);
  yield launched.isOver;
  const pid = launched.ready();
  if (layers !== undefined) noteHolder(store, layers, pid);
  writeBundleFile(bundle, bootFile, bootId());
  const process = lookUpProcess(plan, pid);
  const last = compileProcess(process, first.steps.length);
  const resolved = resolvedSpec(plan.spec, process);
  writeBundleFile(bundle, 'config.json', JSON.stringify(resolved));
  if (!options.rm) {
    writeProgram(bundle, 'launch', [first, last]);
    writeBundleFile(bundle, 'resume', resumeWords(store, id));
  }
  if (settings.healthcheck !== undefined) {
    using root = openRoot(pid);
    writeProgram(bundle, 'health-program', healthPhases(plan, resolved, settings.healthcheck, root));
  }
  if (client.streams.length > 0) containerEvent(store, record, 'attach');
  launched.begin(last); // the shim tells of the start, before it can tell of the end
  yield launched.isOver;
  launched.finish();
  undo.move();
  closeCgroup(cgroup);
  return { id, name, pid, control: launched.control };
}

/** Where the launch has failed meanwhile, that is why nothing could be connected, and it is what is thrown. */
function connected(network: StartingNetwork, launched: Launch): readonly string[] {
  try {
    return network.connect(launched.control);
  } catch (error) {
    launched.ready();
    throw error;
  }
}

/** What the shim runs again without any engine. */
function writeProgram({ path }: LockedBundle, name: string, phases: readonly Phase[]): void {
  writeFileSync(join(path, name), Buffer.concat(phases.map(encodePhase)), { mode: 0o600 });
}

function openNamespace(path: string): Disposable & { readonly descriptor: number } {
  const descriptor = kernel.openat(k.AT_FDCWD, path, k.O_RDONLY);
  return { descriptor, [Symbol.dispose]: () => kernel.close(descriptor) };
}

/** The error with the container's name in front, and with what can be done where a step of the launch says so. */
function explained(error: unknown, { record, host }: ContainerPlan): unknown {
  if (!(error instanceof TsdockerError)) return error;
  const { details, cause } = error;
  const isLaunch = error instanceof LaunchError;
  const hint = error.hint ?? (isLaunch ? launchHint(error.step, errnoName(error.errno), host.capabilities) : undefined);
  return new TsdockerError(codeOf(error), `cannot start ${record.name}: ${error.message}`, {
    cause: cause ?? error,
    details,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The command itself may be what the kernel refuses (`docker run --help`, "Exit status"). */
function codeOf(error: TsdockerError): ErrorCode {
  if (!(error instanceof LaunchError) || error.step.call !== 'execve') return error.code;
  return error.is('ENOENT') ? 'commandNotFound' : 'commandNotExecutable';
}
