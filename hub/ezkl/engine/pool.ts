/**
 * The engine's pool of threads. Its own starter makes Workers from an address that only
 * a bundler understands, so the pool's builder is taken from it before it does, and the
 * Workers are ours.
 * @module
 */
import type { EngineFunctions } from "./load.ts";

/** A pool that waits for its threads. */
export interface PoolBuilder {
  /** Where the engine hands each thread its part; goes to the threads. */
  receiver(): number;
  /** Call it once all threads have joined. */
  build(): void;
}

/** Takes the builder of a pool of `threads` threads out of the engine. */
export async function poolBuilder(functions: EngineFunctions, threads: number): Promise<PoolBuilder> {
  const prototype = (functions as unknown as { wbg_rayon_PoolBuilder: { prototype: Record<string, unknown> } })
    .wbg_rayon_PoolBuilder.prototype;
  const original = prototype.numThreads;
  const taken: { builder?: PoolBuilder } = {};
  const stop = new Error("the builder is taken");
  // The starter asks the builder for the number of threads before anything else.
  prototype.numThreads = function (this: PoolBuilder): number {
    taken.builder = this;
    throw stop;
  };
  try {
    await functions.initThreadPool(threads);
  } catch (error) {
    if (error !== stop) throw error;
  } finally {
    prototype.numThreads = original;
  }
  if (taken.builder === undefined) throw new Error("the engine's thread pool did not start the way it used to");
  return taken.builder;
}
