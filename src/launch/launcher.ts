// Runs a launch program: starts a shim, sends it the phases, and turns its report into the sentence that a person reads.
// The exchange is synchronous: each phase takes well under a millisecond of the caller's time to send, and nothing else
// of the caller may run between a clone and its exec anyway.
import { TsdockerError } from '../error.ts';
import * as k from '../kernel/constants.ts';
import { describeErrno, errnoName, failedWith, kernel } from '../kernel/index.ts';
import { readInt32, readUint32 } from '../kernel/memory.ts';
import { nativeFolder } from '../kernel/native.ts';
import { spawn } from '../kernel/spawn.ts';
import { encodePhase } from './encode.ts';
import { fromShim, readFrame } from './frames.ts';
import type { Phase, Step } from './program.ts';

export interface ShimOptions {
  readonly id: string;
  /** What the shim is to know: native/shim.c, read_arguments. */
  readonly words: readonly string[];
  /** Descriptors of the caller's, shared with the shim: the locked bundle, and the container's cgroups. */
  readonly bundle: number;
  readonly cgroup: Cgroups;
  /** The layer namespace and its root, where the container's layers are mounted there. The shim keeps both alive. */
  readonly layers: { readonly namespace: number; readonly root: number } | undefined;
  /** The user namespace that the program joins at `userNamespacePath`. */
  readonly users: number | undefined;
  /** The container's network namespace, where it has one of its own. The shim keeps it, for when it starts the container again. */
  readonly network?: number | undefined;
}

export interface Cgroups {
  readonly payload: number;
  readonly shim: number;
  readonly folder: number;
  readonly base: number;
}

/** Where a launch program finds the user namespace to join. */
export const userNamespacePlace = '/proc/self/fd/10';

/** And the network namespace. */
export const networkNamespacePlace = '/proc/self/fd/12';

/** A launch program failed at a step. `errno` is the kernel's answer, `step` the call that got it. */
export class LaunchError extends TsdockerError {
  override readonly name = 'LaunchError';
  readonly step: Step;
  readonly errno: number;

  constructor(step: Step, errno: number) {
    super('kernel', `${step.why} failed: ${describeErrno(errno)}`, {
      details: { step: step.number, call: step.call, errno },
    });
    this.step = step;
    this.errno = errno;
  }

  is(errno: string): boolean {
    return errnoName(this.errno) === errno;
  }
}

export const report = { size: 16, child: 1, waiting: 2, failed: 3 } as const;

/** A container that is being made. */
export interface Launch {
  /** A connection to the shim (frames.ts), attached as its words say; the caller closes it. */
  readonly control: number;
  /**
   * Waits until the first phase is done; what needs no answer of it is better done before. Returns the container's first
   * process, as the host numbers it. Throws LaunchError where a step failed; the launch is then abandoned.
   */
  ready(): number;
  /** Has the last phase run. */
  begin(phase: Phase): void;
  /**
   * Waits until it is done: the container's command is running, and its state is written. Throws LaunchError where a step
   * failed; the shim then ends by itself.
   */
  finish(): void;
  /** Whether the wait of `ready`, or after `begin` that of `finish`, is over: for whoever has something else to do meanwhile. */
  isOver(): boolean;
  /**
   * Gives up: the container's process ends, then the shim. Closes `control` once they are gone. After the command runs, or a
   * phase failed, there is nothing to give up, and it does nothing.
   */
  abandon(): void;
}

let shim: number | undefined;

/**
 * A descriptor of the shim, on a read-only mount of its own that nothing else sees: a container that finds it as
 * /proc/…/exe cannot write to it (CVE-2019-5736), and all shims share one text. It stays open: mounts are slow to make and to take away.
 */
function openShim(): number {
  if (shim !== undefined) return shim;
  const tree = kernel.openTree(k.AT_FDCWD, nativeFolder, k.OPEN_TREE_CLONE | k.OPEN_TREE_CLOEXEC);
  try {
    kernel.mountSetattr(tree, 0, k.MOUNT_ATTR_RDONLY);
    shim = kernel.openat(tree, 'tsdocker-shim', k.O_PATH);
    return shim;
  } finally {
    kernel.close(tree);
  }
}

/** Starts a shim and has it begin with the first phase. Throws KernelError where it cannot be started. */
export function startLaunch(first: Phase, options: ShimOptions): Launch {
  const [socket, theirSocket] = kernel.socketpair(k.SOCK_STREAM);
  const [control, theirControl] = kernel.socketpair(k.SOCK_STREAM);
  const nothing = kernel.openat(k.AT_FDCWD, '/dev/null', k.O_RDWR);
  const executable = openShim();
  const { id, words, bundle, cgroup, layers, users, network } = options;
  try {
    const starter = spawn({
      executable,
      argv: ['tsdocker-shim', id, ...words],
      // The numbers of native/session.h.
      descriptors: [
        nothing,
        nothing,
        nothing,
        theirSocket,
        theirControl,
        bundle,
        cgroup.payload,
        cgroup.folder,
        layers?.namespace ?? nothing,
        layers?.root ?? nothing,
        users ?? nothing,
        cgroup.base,
        network ?? nothing,
      ],
      cgroup: cgroup.shim,
    });
    kernel.wait4(starter);
  } finally {
    for (const descriptor of [theirSocket, theirControl, nothing]) kernel.close(descriptor);
  }

  let over = false;
  let last: Phase | undefined;
  const came: Reports = { reports: [], isEnded: false };
  const abandon = (): void => {
    if (over) return;
    over = true;
    kernel.close(socket);
    waitForEnd(control);
    kernel.close(control);
  };
  try {
    send(socket, first);
  } catch (error) {
    abandon();
    throw error;
  }
  return {
    control,
    abandon,
    ready() {
      try {
        return awaitFirstPhase(socket, first, came);
      } catch (error) {
        abandon();
        throw error;
      }
    },
    begin(phase) {
      last = phase;
      send(socket, phase);
    },
    isOver() {
      if (last !== undefined) return hasNews(socket) && hasNews(control);
      while (!isDecided(came) && hasNews(socket)) takeReport(socket, came);
      return isDecided(came);
    },
    finish() {
      const failed = readReport(socket);
      over = true;
      kernel.close(socket);
      if (failed === undefined && readFrame(control)?.kind === fromShim.started) return;
      waitForEnd(control);
      kernel.close(control);
      if (failed === undefined) throw new TsdockerError('kernel', 'the shim was killed while the container started');
      throw new LaunchError(stepOf(last ?? first, failed), -failed.value);
    },
  };
}

/** Sends a phase to an interpreter. */
export function send(socket: number, phase: Phase): void {
  let rest = encodePhase(phase);
  while (rest.byteLength > 0) rest = rest.subarray(kernel.write(socket, rest));
}

interface Report {
  readonly kind: number;
  readonly step: number;
  readonly value: number;
}

/** The next report, or undefined at the end of the socket. */
export function readReport(socket: number): Report | undefined {
  const memory = new Uint8Array(report.size);
  for (let at = 0; at < memory.byteLength; ) {
    const got = kernel.read(socket, memory.subarray(at));
    if (got === 0) return undefined;
    at += got;
  }
  return { kind: readUint32(memory, 0), step: readUint32(memory, 4), value: readInt32(memory, 8) };
}

/** Whether a read would not wait. */
const hasNews = (socket: number): boolean => kernel.poll(socket, k.POLLIN, 0);

/** What an interpreter has reported so far. */
interface Reports {
  readonly reports: Report[];
  isEnded: boolean;
}

function takeReport(socket: number, came: Reports): void {
  const got = readReport(socket);
  if (got === undefined) came.isEnded = true;
  else came.reports.push(got);
}

/** Two processes report, in either order. */
const isDecided = ({ reports, isEnded }: Reports): boolean =>
  isEnded || reports.length >= 2 || reports.some(({ kind }) => kind === report.failed);

/**
 * Waits until the clone is made and its child waits for the next phase. Returns the child's pid. Throws LaunchError for a failed
 * step.
 */
function awaitFirstPhase(socket: number, phase: Phase, came: Reports): number {
  while (!isDecided(came)) takeReport(socket, came);
  const failed = came.reports.find(({ kind }) => kind === report.failed);
  if (failed !== undefined) throw new LaunchError(stepOf(phase, failed), -failed.value);
  if (came.isEnded) throw new TsdockerError('kernel', 'the container’s first process was killed while it started');
  return came.reports.find(({ kind }) => kind === report.child)!.value;
}

export const stepOf = (phase: Phase, got: Report): Step => phase.steps.find(({ number }) => number === got.step)!;

/** Reads until the shim has closed the socket: it has cleaned up. What it had not read by then resets the connection. */
function waitForEnd(control: number): void {
  const memory = new Uint8Array(64);
  try {
    while (kernel.read(control, memory) > 0);
  } catch (error) {
    if (!failedWith(error, 'ECONNRESET')) throw error;
  }
}
