// The one error class of tsdocker and the table of its codes (design, "Errors"). Everything that can fail throws a
// TsdockerError; only main.ts prints it and picks the exit status, by `code` and never by text.

/**
 * Every code an error may carry, with the exit status the command line gives for it.
 * 125: tsdocker itself failed; 126: the command cannot be executed; 127: the command was not found (`docker run --help`,
 * section "Exit status").
 */
export const exitStatusOf = {
  /** The command line or a library argument does not make sense. */
  usage: 125,
  /** There is no such verb; Docker's status for it. */
  unknownVerb: 1,
  /** The caller lacks a privilege: not root, or a capability is missing. */
  permission: 125,
  /** The kernel or the host lacks a feature that was asked for. */
  unsupported: 125,
  /** An image, container, path or user that was named does not exist. */
  notFound: 125,
  /** A name or an object is already taken. */
  conflict: 125,
  /** What a registry, an archive or the disk holds is not what it claims to be. */
  corrupt: 125,
  /** A registry refused, or could not be reached. */
  registry: 125,
  /** A step of a launch program, or a system call of ours, failed. */
  kernel: 125,
  /** The command of the container exists and cannot be executed. */
  commandNotExecutable: 126,
  /** The command of the container does not exist. */
  commandNotFound: 127,
  /** SIGINT: a person gave it up. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
  /** A defect of tsdocker. */
  internal: 125,
} as const;

export type ErrorCode = keyof typeof exitStatusOf;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** What the person can do, where we know it. Lower case, no full stop. */
  readonly hint?: string;
  /** Facts for programs: names, numbers, paths. Never a credential. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error written for the person who meets it: what was asked, what happened, what to do.
 * The message is one line, lower case, without a full stop, and names the object.
 */
export class TsdockerError extends Error {
  override readonly name: string = 'TsdockerError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}
