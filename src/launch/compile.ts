// Compiles an OCI spec into the first phase of a launch program: the host program, the clone, and the container program
// up to where names are looked up in the new root. Pure: what it needs to know of the host is in its arguments.
import { dirname } from 'node:path';
import * as k from '../kernel/constants.ts';
import type { IdMapping, Mount, Spec } from '../spec/types.ts';
import { bindConsole, bindDevices, linkDevices, makeDevices, takeDevices, type WindowSize } from './devices.ts';
import { enterLayerNamespace } from './layer-namespace.ts';
import { maskPaths, protectPaths, takeCovers } from './masks.ts';
import {
  isBind,
  makeFileSystem,
  mountBind,
  mountFileSystem,
  mountVolume,
  type SourceKind,
  takeBindSource,
} from './mounts.ts';
import { becomeNamespaceRoot, cloneIntoNamespaces, nameHost, userNamespacePath } from './namespaces.ts';
import { makeFolder } from './paths.ts';
import { named, type Phase, ProgramBuilder, type Result } from './program.ts';
import {
  buildRoot,
  enterRoot,
  freezeRoot,
  type KernelFeatures,
  mapOwners,
  type OverlayRoot,
  openUserNamespace,
  type Writer,
} from './root.ts';
import { writeOomScore, writeSysctls } from './settings.ts';
import { takeStdio } from './stdio.ts';

/** A descriptor that the shim's helper is born with (native/session.h). */
const layerNamespace = 8;

export interface ContainerProgram {
  readonly spec: Spec;
  readonly root: OverlayRoot;
  /** The container's cgroup, a folder on the host. */
  readonly cgroup: string;
  /** What stands on the host at the source of each bind and at each masked path. */
  readonly kinds: ReadonlyMap<string, SourceKind>;
  /** Paths of the image that keep storage of their own. */
  readonly volumes: readonly string[];
  readonly features: KernelFeatures;
  /** Every capability that the caller has, as bits: CapPrm of proc_pid_status(5). */
  readonly hostCapabilities: bigint;
  readonly windowSize?: WindowSize;
}

export function compileContainer(input: ContainerProgram): Phase {
  const { spec, root } = input;
  const program = new ProgramBuilder();
  program.group('bind mounts');
  const sources = new Map(spec.mounts.filter(isBind).map((mount) => [mount, takeBindSource(program, mount)] as const));
  const covers = takeCovers(program, spec.linux.maskedPaths ?? [], input.kinds, root.target);
  const userNamespace = userNamespacePath(spec);
  const devices = spec.linux.devices ?? [];
  const nodes = userNamespace === undefined ? undefined : takeDevices(program, devices);
  const owners = userNamespace === undefined ? undefined : openUserNamespace(program, userNamespace);
  const leave = root.inLayerNamespace ? enterLayerNamespace(program, layerNamespace) : () => {};
  if (owners !== undefined) mapOwners(program, [...root.layers, root.bundle], owners);
  const overlay = buildRoot(program, root, input.features, owners === undefined ? undefined : writerOf(input));
  leave();
  // The container attaches its root on a folder of the bundle as the host has it, and must be let in there.
  if (owners !== undefined && root.inLayerNamespace) mapOwners(program, [dirname(root.target)], owners);
  writeOomScore(program, spec.process.oomScoreAdj);
  cloneIntoNamespaces(program, spec, input.cgroup);

  program.group('shelter');
  // Until the command executes, no process of the container may look into this one (CVE-2016-9962).
  program.call('hiding from other processes', 'prctl', [named('PR_SET_DUMPABLE', k.PR_SET_DUMPABLE), 0, 0, 0, 0]);
  program.call('making modes mean what they say', 'umask', [0]);
  program.call('starting a session', 'setsid', []);
  if (userNamespace !== undefined) becomeNamespaceRoot(program);
  program.group('file systems');
  const made = new Map(
    spec.mounts.filter((mount) => !isBind(mount)).map((mount) => [mount, makeFileSystem(program, mount)]),
  );
  enterRoot(program, root, overlay);
  mountAll(program, input, sources, made);
  // A bind on /dev is somebody else's folder: what it holds is what the container gets, and nothing is made in it.
  if (!spec.mounts.some((mount) => mount.destination === '/dev' && isBind(mount))) {
    program.group('devices');
    if (nodes === undefined) makeDevices(program, devices);
    else bindDevices(program, nodes);
    linkDevices(program);
  }
  const { terminal = false } = spec.process;
  takeStdio(program, terminal, input.windowSize, bindConsole);
  nameHost(program, spec);
  const proc = spec.mounts.find(({ type }) => type === 'proc');
  if (proc !== undefined) writeSysctls(program, spec.linux.sysctl ?? {}, made.get(proc)!);
  maskPaths(program, covers);
  protectPaths(program, spec.linux.readonlyPaths ?? []);
  program.group('working directory');
  makeFolder(program, spec.process.cwd);
  if (spec.root.readonly === true) freezeRoot(program);
  return program.wait('for the user and the command to be looked up in the new root');
}

function writerOf({ spec, hostCapabilities }: ContainerProgram): Writer {
  const rootOf = (mappings: readonly IdMapping[] | undefined): number =>
    mappings?.find(({ containerID }) => containerID === 0)?.hostID ?? 0;
  return {
    uid: rootOf(spec.linux.uidMappings),
    gid: rootOf(spec.linux.gidMappings),
    capabilities: hostCapabilities,
  };
}

/** Attaches the mounts in the specification's order. */
function mountAll(
  program: ProgramBuilder,
  { spec, volumes, kinds }: ContainerProgram,
  sources: ReadonlyMap<Mount, Result>,
  made: ReadonlyMap<Mount, Result>,
): void {
  program.group('mounts');
  for (const path of volumes) mountVolume(program, path);
  for (const mount of spec.mounts) {
    const source = sources.get(mount);
    if (source !== undefined) mountBind(program, mount, source, kinds.get(mount.source ?? '') ?? 'directory');
    else mountFileSystem(program, mount, made.get(mount)!);
  }
}
