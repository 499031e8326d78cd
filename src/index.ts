// The library: `import { Engine } from 'tsdocker'`. docs/library.md tells how to use it.
export type { ContainerChange } from './engine/container-changes.ts';
export type { ContainerPort } from './engine/container-ports.ts';
export type { DiskReport } from './engine/disk-report.ts';
export type { EventsOptions, StoreEvent } from './engine/events.ts';
export type { ImageStep } from './engine/history.ts';
export type { SystemInfo } from './engine/info.ts';
export {
  type BundleState,
  type CommitOptions,
  Container,
  type ExecOptions,
  type Health,
  type LogOptions,
} from './engine/library/container.ts';
export { type Abortable, type ContainerSummary, Engine, type EngineOptions } from './engine/library/engine.ts';
export { type CopyOptions, Files } from './engine/library/files.ts';
export {
  Images,
  type ImportOptions,
  type LoadOptions,
  type PullOptions,
  type PushOptions,
} from './engine/library/images.ts';
export type { ContainerNetworkOptions, NetworkRequest, PortRequest } from './engine/library/network-options.ts';
export {
  type ConnectRequest,
  type NetworkCreateOptions,
  type NetworkSummary,
  Networks,
} from './engine/library/networks.ts';
export type { Bind, ContainerOptions, Tmpfs } from './engine/library/options.ts';
export { type Input, Output, type OutputOptions } from './engine/library/output.ts';
export { Process } from './engine/library/process.ts';
export type { ImageRow } from './engine/list-images.ts';
export type { LogEntry } from './engine/logs.ts';
export type { Pruned } from './engine/prune.ts';
export type { PrunedContainers } from './engine/prune-containers.ts';
export type { PullProgress } from './engine/pull.ts';
export type { PushProgress } from './engine/push.ts';
export type { Removed } from './engine/remove-image.ts';
export type { ContainerStats } from './engine/stats.ts';
export type { StopOptions } from './engine/stop.ts';
export type { ProcessList } from './engine/top.ts';
export type { Exit } from './engine/wait.ts';
export { type ErrorCode, TsdockerError } from './error.ts';
