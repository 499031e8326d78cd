// What is asked of a new container, in plain values: what the command line parses to, and what the library takes.
import type { IdMapping } from './types.ts';

/** A folder or file of the host. */
export interface BindMount {
  readonly type: 'bind';
  /** An absolute path on the host. */
  readonly source: string;
  /** An absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';
  /** Whether what is mounted below the source comes along. */
  readonly recursive: boolean;
  /** A missing source is an error (`--mount`), or is made as a folder (`-v`). */
  readonly mustExist: boolean;
}

export interface TmpfsMount {
  readonly type: 'tmpfs';
  readonly target: string;
  /** As tmpfs(5) and mount(8) spell them: `size=64m`, `mode=1770`, `exec`. */
  readonly options: readonly string[];
}

export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  /** Docker's profile, none, or a file in the OCI or Docker format. */
  readonly seccomp: 'default' | 'unconfined' | { readonly path: string };
  /** Nothing of /proc and /sys is hidden or protected. */
  readonly systemPathsUnconfined: boolean;
}

export interface DeviceOption {
  /** On the host. */
  readonly path: string;
  /** In the container. */
  readonly target: string;
  /** Of r, w and m. */
  readonly access: string;
}

/** A resource limit of setrlimit(2), in the resource's own unit; -1 is unlimited. */
export interface Ulimit {
  /** Lower case, without RLIMIT_: `nofile`. */
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** Where images may be had: what a configuration file says, and more. */
export interface RegistryOptions {
  /** Hosts that speak plain http. */
  readonly plainHttp: readonly string[];
  /** Base URLs to try first, by registry. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
}

/** What the shim does when the container ends by itself (docker run --help, "--restart"). */
export interface RestartPolicy {
  readonly name: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  /** Of `on-failure`: how often at most; 0 for any number of times. */
  readonly maximum: number;
}

/** Where the container's output is kept. */
export interface LogOptions {
  readonly driver: 'json-file' | 'none';
  /** Bytes after which the file is rotated; without it, it grows. */
  readonly maxSize?: number;
  /** How many files there are at most, the one that is written to included. */
  readonly maxFile: number;
}

/** A command that says whether the container is well (Dockerfile reference, HEALTHCHECK). Times are milliseconds. */
export interface Healthcheck {
  /** `['CMD', word, …]`, or `['CMD-SHELL', text]`. */
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  /** Between probes as long as the start period lasts and none succeeded. */
  readonly startInterval: number;
  readonly retries: number;
}

/** One network of a container's, and what it asks for there. */
export interface NetworkOption {
  /** A name or an id. */
  readonly name: string;
  /** Further names by which the others of this network find the container. */
  readonly aliases: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly mac?: string;
}

/** `default` is the network `bridge`. */
export type NetworkMode =
  | 'default'
  | 'none'
  | 'host'
  /** Another container's network: its name or id. */
  | { readonly container: string }
  /** The first is where the default route leads. */
  | { readonly names: readonly NetworkOption[] };

/** A port of the host behind which a port of the container is reached. */
export interface PublishedPort {
  /** Without it, every address of the host, of both families. */
  readonly hostAddress?: string;
  /** 0 for any free one. With `lastHostPort`, the first free one from this to that. */
  readonly hostPort: number;
  readonly lastHostPort?: number;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

export type Stream = 'stdin' | 'stdout' | 'stderr';

export interface RunOptions {
  readonly image: string;
  /** What follows the image; empty takes the image's own. */
  readonly command: readonly string[];
  /** Replaces the image's entrypoint and command; an empty list clears them. */
  readonly entrypoint?: readonly string[];
  readonly name?: string;
  /** `KEY=VALUE`, later ones win; a `KEY` alone takes the image's away. */
  readonly env: readonly string[];
  /** `user`, `uid`, `user:group`, …, as the container's own files know them. */
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly workdir?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly interactive: boolean;
  readonly tty: boolean;
  /** Remove the container when it ends. */
  readonly rm: boolean;
  readonly init: boolean;
  readonly readOnly: boolean;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: SecurityOptions;
  readonly network: NetworkMode;
  /** One entry a port: ranges are expanded. */
  readonly publish: readonly PublishedPort[];
  /** Publishes every port that the image and `expose` name, each at a free port of the host. */
  readonly publishAll: boolean;
  /** `80/tcp`. */
  readonly expose: readonly string[];
  /** Addresses of name servers; empty for the host's. */
  readonly dns: readonly string[];
  /** Search domains; `.` for none, empty for the host's. */
  readonly dnsSearch: readonly string[];
  /** resolv.conf(5), "options". */
  readonly dnsOptions: readonly string[];
  /** `name:address` for /etc/hosts; the address may be `host-gateway`. */
  readonly extraHosts: readonly string[];
  readonly pid: 'private' | 'host';
  readonly ipc: 'private' | 'shareable' | 'none' | 'host';
  readonly uts: 'private' | 'host';
  readonly cgroupns: 'private' | 'host';
  /** A user namespace with these maps; empty for none. */
  readonly uidMap: readonly IdMapping[];
  readonly gidMap: readonly IdMapping[];
  readonly mounts: readonly (BindMount | TmpfsMount)[];
  /** Paths that keep storage of the container's own. */
  readonly volumes: readonly string[];
  /** Bytes. */
  readonly memory?: number;
  /** Bytes of memory and swap together; -1 for any amount of swap. */
  readonly memorySwap?: number;
  readonly memoryReservation?: number;
  /** CPUs' worth of time: 1.5. */
  readonly cpus?: number;
  readonly cpuShares?: number;
  /** Microseconds. */
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  /** `0-2,5`. */
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  /** -1 for any number. */
  readonly pidsLimit?: number;
  readonly ulimits: readonly Ulimit[];
  readonly devices: readonly DeviceOption[];
  /** Bytes. */
  readonly shmSize?: number;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly oomScoreAdj?: number;
  readonly stopSignal?: string;
  /** Seconds that `stop` waits before it kills; -1 for any number. */
  readonly stopTimeout?: number;
  readonly restart: RestartPolicy;
  readonly log: LogOptions;
  /** What replaces parts of the image's health check; `none` switches it off. */
  readonly health?: Partial<Healthcheck> | 'none';
  readonly pull: 'missing' | 'always' | 'never';
  readonly platform?: string;
  /** Which streams of the caller are attached; empty for the usual ones. */
  readonly attach: readonly Stream[];
  /** Whether the caller's signals reach the container. */
  readonly sigProxy: boolean;
  /** A file to write the id to. */
  readonly cidfile?: string;
  readonly registries: RegistryOptions;
}
