// What a planned container is as a launch program: the spec and the host's facts compiled (launch/compile.ts), and its process, once
// its root is there to look names up in.
import { join } from 'node:path';
import { payloadPath } from '../cgroup/place.ts';
import { compileContainer } from '../launch/compile.ts';
import type { WindowSize } from '../launch/devices.ts';
import { inNamespace, layerPath } from '../launch/layer-namespace.ts';
import type { ResolvedProcess } from '../launch/process.ts';
import type { Phase } from '../launch/program.ts';
import type { OverlayRoot } from '../launch/root.ts';
import { capabilitySets } from '../spec/capabilities.ts';
import { withHome } from '../spec/process.ts';
import type { NamespaceType, Spec } from '../spec/types.ts';
import { resolveUser } from '../spec/users.ts';
import { type ContainerRoot, findCommand, readUserFiles } from './look-up.ts';
import { type ContainerPlan, initPath } from './plan.ts';

/** The first phase of the plan's launch program. */
export function compileFirstPhase(plan: ContainerPlan, spec: Spec, windowSize?: WindowSize): Phase {
  const { cgroup, record } = plan;
  return compileContainer({
    spec,
    root: rootOf(plan),
    cgroup: payloadPath(cgroup.hierarchy.path, record.id),
    kinds: plan.kinds,
    volumes: plan.volumes,
    features: plan.host.features,
    hostCapabilities: plan.host.permitted,
    ...(windowSize === undefined ? {} : { windowSize }),
  });
}

/** With a layer that is mounted in the layer namespace, everything of the overlay is named as that namespace shows it. */
function rootOf({ bundle, store, layers, options }: ContainerPlan): OverlayRoot {
  const inLayerNamespace = layers.some(({ kind }) => kind === 'image');
  const shown = (path: string): string => (inLayerNamespace ? inNamespace(store, path) : path);
  return {
    layers: layers.map(({ kind, name, path }) => (kind === 'image' ? layerPath(name) : shown(path))),
    upper: shown(join(bundle, 'upper')),
    work: shown(join(bundle, 'work')),
    bundle: shown(bundle),
    inLayerNamespace,
    target: join(bundle, 'rootfs'),
    discard: options.rm,
  };
}

/** The spec with namespaces joined at these paths instead of made by the clone: they are prepared before. */
export const withNamespaces = (spec: Spec, paths: Readonly<Partial<Record<NamespaceType, string>>>): Spec => ({
  ...spec,
  linux: {
    ...spec.linux,
    namespaces: spec.linux.namespaces.map((namespace) => {
      const path = paths[namespace.type];
      return path === undefined ? namespace : { ...namespace, path };
    }),
  },
});

/** The process of the spec, with its user and command looked up in the container's own root. */
export function resolveProcess({ spec, options, record }: ContainerPlan, root: ContainerRoot): ResolvedProcess {
  const { process } = spec;
  const user = resolveUser(record.settings.user, options.groupAdd, readUserFiles(root));
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
export function resolvedSpec(spec: Spec, process: ResolvedProcess): Spec {
  const { uid, gid, groups, env, capabilities } = process;
  return { ...spec, process: { ...spec.process, env, capabilities, user: { uid, gid, additionalGids: groups } } };
}
