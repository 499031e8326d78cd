// Where the cgroups of a container lie in the tree.

/** The cgroup of the container's own processes, with its limits. @param tree Where cgroup v2 is mounted. */
export const payloadPath = (tree: string, id: string): string => `${tree}/tsdocker/${id}`;
