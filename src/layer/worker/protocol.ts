// What the main thread and the threads that make layers tell each other.
import type { ErrorCode } from '../../error.ts';
import type { ChainID, DiffID, Digest } from '../../image/digest.ts';

export type DriverName = 'erofs' | 'directory';

/** What is to become of a blob. Plain data: it is sent to another thread. */
export interface LayerTask {
  /** The file with the blob; while it is downloaded, it grows. */
  readonly path: string;
  readonly mediaType: string;
  /** Bytes that the whole blob has. */
  readonly size: number;
  /** Checked over all of the file; absent where that was done before. */
  readonly digest?: Digest;
  /** Absent where the blob is only to be checked. */
  readonly layer?: LayerWanted;
}

export interface LayerWanted {
  readonly driver: DriverName;
  /** Where the layers lie. */
  readonly folder: string;
  readonly chain: ChainID;
  readonly diffID: DiffID;
  /** The lowest first. */
  readonly below: readonly ChainID[];
}

/** To the thread. */
export type Order =
  | { readonly kind: 'begin'; readonly id: number; readonly task: LayerTask }
  /** So many bytes of the file are there. */
  | { readonly kind: 'grown'; readonly id: number; readonly bytes: number }
  /** The layers below are there. */
  | { readonly kind: 'below'; readonly id: number }
  | { readonly kind: 'abandon'; readonly id: number };

/** From the thread. */
export type Report =
  /** The blob is what its digest says. */
  | { readonly kind: 'verified'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SentError };

/** A TsdockerError as it survives the way between threads; without a code it is a defect of ours. */
export interface SentError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly stack?: string;
}
