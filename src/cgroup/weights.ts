// Version 1 weights, which the OCI runtime specification still speaks, as version 2 weights.

/**
 * `cpu.weight` (1 to 10000, usually 100) for CPU shares (2 to 262144, usually 1024). The curve goes through all three
 * points, which the line that was used before did not: it made 39 of 1024. As in runc since 1.3.2 and crun since 1.23
 * (opencontainers/cgroups pull request 20, kubernetes issue 131216), so that containers of ours and theirs on one host
 * compare as their shares do.
 */
export function cpuWeight(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262_144) return 10_000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}

/** `io.weight` (1 to 10000) for a block I/O weight (10 to 1000): crun(1), "IO controller". */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}
