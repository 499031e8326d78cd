// The library: `import { Engine } from 'tsdocker'`. docs/library.md tells how to use it.
export { type CommitOptions, Container, type ExecOptions, type LogOptions } from './engine/library/container.ts';
export { type Abortable, type ContainerSummary, Engine, type EngineOptions } from './engine/library/engine.ts';
export { type CopyOptions, Files } from './engine/library/files.ts';
export {
  Images,
  type ImportOptions,
  type LoadOptions,
  type PullOptions,
  type PushOptions,
} from './engine/library/images.ts';
export type { Bind, ContainerOptions, Tmpfs } from './engine/library/options.ts';
export { type Input, Output, type OutputOptions } from './engine/library/output.ts';
export { Process } from './engine/library/process.ts';
export { type ErrorCode, TsdockerError } from './error.ts';
