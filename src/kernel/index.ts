// The kernel as TypeScript sees it: one function a system call, named as in its man page, that returns what the call
// returns and throws a KernelError with the call, its error number and its arguments (design, 2.3).
import { fileCalls } from './files.ts';
import { type Invoke, invokeKernel } from './invoke.ts';
import { mountCalls } from './mounts.ts';
import { processCalls } from './processes.ts';
import { socketCalls } from './sockets.ts';

export function createKernel(invoke: Invoke) {
  return { ...fileCalls(invoke), ...mountCalls(invoke), ...processCalls(invoke), ...socketCalls(invoke) };
}

export type Kernel = ReturnType<typeof createKernel>;

/** The running kernel. */
export const kernel: Kernel = createKernel(invokeKernel);

export { describeErrno, errnoName, errnoNumber, failedWith, KernelError } from './errno.ts';
