// Where the cgroups of a container lie in the tree: a folder of its own, with the shim and the container's processes in leaves of
// their own. The folder itself holds no process (cgroup-v2.rst, "No Internal Process Constraint").

/** The leaf of the container's own processes, with its limits. */
export const payloadName = 'payload';
/** The leaf of its shim, out of reach of the limits: a shim is not to be killed for what its container uses. */
export const shimName = 'shim';

/** The folder at the root of the tree in which all our cgroups lie. */
export const usualBase = 'tsdocker';

/** The cgroup of the container's own processes. @param tree Where cgroup v2 is mounted. */
export const payloadPath = (tree: string, id: string, base: string = usualBase): string =>
  `${tree}/${base}/${id}/${payloadName}`;
