// Reading that can be given up at any moment, also while the other side is silent.

/** `content`, until `signal` is aborted: then its reason is thrown at once, and `content` is left to end by itself. */
export async function* interruptible(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const pieces = content[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {}); // it may never be raced again
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  let ended = false;
  try {
    while (true) {
      const next = await Promise.race([pieces.next(), aborted.promise]);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a generator that waits for the network answers when its own wait is over.
    if (!ended) pieces.return?.()?.catch(() => {});
  }
}
