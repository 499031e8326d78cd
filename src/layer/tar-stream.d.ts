declare module 'tar-stream' {
  import type { Readable, Writable } from 'node:stream';

  export interface Header {
    name: string;
    type: string | null;
    mode: number;
    uid: number;
    gid: number;
    size: number;
    mtime: Date;
    linkname: string | null;
    devmajor: number;
    devminor: number;
    pax: Record<string, string> | null;
  }

  export interface Entry extends AsyncIterable<Uint8Array> {
    readonly header: Header;
    resume(): void;
  }

  export function extract(): Writable & AsyncIterable<Entry>;

  export interface Pack extends Readable {
    entry(
      header: Partial<Omit<Header, 'pax'>> & { name: string; pax?: Record<string, string> },
      body?: string | Uint8Array,
    ): void;
    finalize(): void;
  }
  export function pack(): Pack;
}
