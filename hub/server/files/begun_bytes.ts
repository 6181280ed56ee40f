/**
 * Bytes whose reading has begun, so that the file or connection behind them is let go of however they are
 * left: a generator that was never begun skips its `finally`.
 * @module
 */

/** Bytes being read; `return` lets go of what is behind them, even before the first was taken. */
export interface BegunBytes extends AsyncIterableIterator<Uint8Array> {
  /** Stops the reading. */
  return(): Promise<IteratorResult<Uint8Array>>;
}

/** Begins to read: throws here what goes wrong up to the first bytes. */
export async function begin(source: AsyncGenerator<Uint8Array>): Promise<BegunBytes> {
  let first: IteratorResult<Uint8Array> | null = await source.next();
  const begun: BegunBytes = {
    next() {
      const result = first;
      first = null;
      return result ? Promise.resolve(result) : source.next();
    },
    return: () => source.return(undefined),
    [Symbol.asyncIterator]: () => begun,
  };
  return begun;
}

/** A stream of `bytes`, which come from `source`; cancelling it stops both. */
export function toStream(source: BegunBytes, bytes: AsyncIterableIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await bytes.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await bytes.return?.();
      await source.return();
    },
  }, { highWaterMark: 0 });
}
