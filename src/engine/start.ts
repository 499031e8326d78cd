// Makes the container that was planned and starts it. Whatever fails on the way, and at whichever step, everything made so far
// is taken back before the error goes on.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeCgroup, createCgroup, discardCgroup } from '../cgroup/cgroup.ts';
import { type ErrorCode, TsdockerError } from '../error.ts';
import { errnoName, kernel } from '../kernel/index.ts';
import { compileContainer } from '../launch/compile.ts';
import type { WindowSize } from '../launch/devices.ts';
import { LaunchError, startLaunch } from '../launch/launcher.ts';
import { inNamespace, layerPath } from '../launch/layer-namespace.ts';
import { compileProcess, filterOf, type ResolvedProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import type { OverlayRoot } from '../launch/root.ts';
import { capabilitySets } from '../spec/capabilities.ts';
import { withHome } from '../spec/process.ts';
import type { Spec } from '../spec/types.ts';
import { resolveUser } from '../spec/users.ts';
import { createBundle, type LockedBundle, removeBundle, writeBundleFile } from '../store/bundles.ts';
import { forgetContainer, recordContainer } from '../store/containers.ts';
import type { Store } from '../store/store.ts';
import { launchHint } from './launch-hint.ts';
import { noteHolder, shareLayers } from './layer-namespace.ts';
import { type ContainerRoot, findCommand, openRoot, readUserFiles } from './look-up.ts';
import { type ContainerPlan, initPath } from './plan.ts';
import { createUserNamespace } from './user-namespace.ts';

/** A container whose command is running. */
export interface StartedContainer {
  readonly id: string;
  readonly name: string;
  /** The first process, as the host numbers it. */
  readonly pid: number;
  /** The client's end of the shim's control socket: the caller's. */
  readonly control: number;
}

/** The first phase of the plan's launch program. @param userNamespace Where the namespace to join can be opened. */
export function compileFirstPhase(plan: ContainerPlan, spec: Spec, windowSize?: WindowSize): Phase {
  const { cgroup, id } = plan;
  return compileContainer({
    spec,
    root: rootOf(plan),
    cgroup: `${cgroup.hierarchy.path}/tsdocker/${id}`,
    kinds: plan.kinds,
    volumes: plan.volumes,
    features: plan.host.features,
    hostCapabilities: plan.host.permitted,
    ...(windowSize === undefined ? {} : { windowSize }),
  });
}

/** With a layer that is mounted in the layer namespace, everything of the overlay is named as that namespace shows it. */
function rootOf({ bundle, store, image, options }: ContainerPlan): OverlayRoot {
  const inLayerNamespace = image.layers.some(({ kind }) => kind === 'image');
  const shown = (path: string): string => (inLayerNamespace ? inNamespace(store, path) : path);
  return {
    layers: image.layers.map(({ kind, name, path }) => (kind === 'image' ? layerPath(name) : shown(path))),
    upper: shown(join(bundle, 'upper')),
    work: shown(join(bundle, 'work')),
    bundle: shown(bundle),
    inLayerNamespace,
    target: join(bundle, 'rootfs'),
    discard: options.rm,
  };
}

/** The spec with its user namespace joined at `path` instead of made by the clone: its maps are written before. */
export const withUserNamespace = (spec: Spec, path: string): Spec => ({
  ...spec,
  linux: {
    ...spec.linux,
    namespaces: spec.linux.namespaces.map((namespace) =>
      namespace.type === 'user' ? { type: 'user', path } : namespace,
    ),
  },
});

/** The process of the spec, with its user and command looked up in the container's own root. */
export function resolveProcess({ spec, options, image }: ContainerPlan, root: ContainerRoot): ResolvedProcess {
  const { process } = spec;
  const user = resolveUser(options.user ?? image.config.config.User ?? '', options.groupAdd, readUserFiles(root));
  const env = withHome(process.env, user.home);
  const path = findCommand(root, process.args[0]!, env, process.cwd);
  const names = process.capabilities?.bounding ?? [];
  return {
    path: options.init ? initPath : path,
    args: options.init ? [initPath, path, ...process.args.slice(1)] : process.args,
    env,
    cwd: process.cwd,
    uid: user.uid,
    gid: user.gid,
    groups: user.groups,
    umask: 0o22,
    capabilities: capabilitySets(names, user.uid),
    noNewPrivileges: process.noNewPrivileges ?? false,
    seccomp: spec.linux.seccomp,
    rlimits: process.rlimits ?? [],
    // Without -i, stdin is the host's /dev/null, which stays the host's.
    ownStdio: options.tty || options.interactive ? [0, 1, 2] : [1, 2],
  };
}

/** The bundle's config.json: the spec with what was resolved. */
function resolvedSpec(spec: Spec, process: ResolvedProcess): Spec {
  const { uid, gid, groups, env, capabilities } = process;
  return { ...spec, process: { ...spec.process, env, capabilities, user: { uid, gid, additionalGids: groups } } };
}

function lookUpProcess(plan: ContainerPlan, pid: number): ResolvedProcess {
  using root = openRoot(pid);
  return resolveProcess(plan, root);
}

/** Throws what the launch throws, with the container's name in front; nothing of the container is then left. */
export function startContainer(store: Store, plan: ContainerPlan, windowSize?: WindowSize): StartedContainer {
  const { id, name, options } = plan;
  using undo = new DisposableStack();
  const bundle = createBundle(store, id);
  undo.defer(() => removeBundle(store, id));
  using ours = new DisposableStack(); // what the shim has a copy of once it runs
  ours.adopt(bundle.descriptor, kernel.close);
  // After the bundle: a record without one is of a container that is gone, and gives up its name.
  recordContainer(store, {
    id,
    name,
    image: plan.image.reference,
    createdAt: Date.now(),
    command: plan.spec.process.args,
    imageDigest: plan.image.manifestDigest,
    chain: plan.image.chain,
    settings: {
      options,
      stopSignal: plan.spec.annotations?.['org.opencontainers.image.stopSignal'] ?? 'SIGTERM',
      imageId: plan.image.configDigest,
    },
  });
  undo.defer(() => forgetContainer(store, id));
  writeFiles(plan, bundle);
  if (options.cidfile !== undefined) undo.defer(writeCidfile(options.cidfile, id));

  const cgroup = createCgroup(plan.cgroup, { id });
  const closeGroup = new DisposableStack();
  closeGroup.defer(() => discardCgroup(plan.cgroup, cgroup, { id }));
  undo.use(closeGroup);
  try {
    using namespace = options.uidMap.length > 0 ? createUserNamespace(options.uidMap, options.gidMap) : undefined;
    const spec = namespace === undefined ? plan.spec : withUserNamespace(plan.spec, namespace.path);
    const first = compileFirstPhase(plan, spec, windowSize);
    const images = plan.image.layers.filter(({ kind }) => kind === 'image');
    using layers = images.length > 0 ? shareLayers(store, images) : undefined;
    const launch = startLaunch(first, {
      id,
      terminal: options.tty,
      stdin: options.interactive,
      remove: options.rm,
      bundle: bundle.descriptor,
      cgroup: cgroup.cgroup,
      cgroupParent: cgroup.parent,
      layers,
      shims: cgroup.shims,
    });
    using started = new DisposableStack();
    started.defer(launch.abandon);
    if (spec.linux.seccomp !== undefined) filterOf(spec.linux.seccomp); // while the first phase runs
    const pid = launch.ready();
    if (layers !== undefined) noteHolder(store, layers, pid);
    const process = lookUpProcess(plan, pid);
    writeBundleFile(bundle, 'config.json', JSON.stringify(resolvedSpec(spec, process)));
    writeBundleFile(bundle, 'started', JSON.stringify({ pid, at: Date.now() }));
    launch.finish(compileProcess(process, first.steps.length));
    closeGroup.move();
    undo.move();
    closeCgroup(cgroup);
    return { id, name, pid, control: launch.control };
  } catch (error) {
    throw explained(error, plan);
  }
}

function writeFiles({ files, missingSources }: ContainerPlan, bundle: LockedBundle): void {
  for (const { path, content } of files) writeBundleFile(bundle, path.slice('/etc/'.length), content);
  for (const path of missingSources) mkdirSync(path, { recursive: true });
}

/** Returns what takes the file away again. Throws `conflict` where there is one already. */
function writeCidfile(path: string, id: string): () => void {
  try {
    writeFileSync(path, id, { flag: 'wx' });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new TsdockerError(
      exists ? 'conflict' : 'usage',
      `the container id file ${path} ${exists ? 'exists already' : 'cannot be written'}`,
      {
        cause,
        ...(exists ? { hint: 'make sure that its container is gone, and delete it' } : {}),
      },
    );
  }
  return () => rmSync(path, { force: true });
}

/** The error with the container's name in front, and with what can be done where a step of the launch says so. */
function explained(error: unknown, { name, host }: ContainerPlan): unknown {
  if (!(error instanceof TsdockerError)) return error;
  const { details, cause } = error;
  const isLaunch = error instanceof LaunchError;
  const hint = error.hint ?? (isLaunch ? launchHint(error.step, errnoName(error.errno), host.capabilities) : undefined);
  return new TsdockerError(codeOf(error), `cannot start ${name}: ${error.message}`, {
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
