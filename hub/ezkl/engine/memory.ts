/**
 * The engine's memory.
 * @module
 */

/** Most pages that the engine's memory can have: 4 GiB. */
export const MAXIMUM_PAGES: number = 65536;

/** A memory as the engine wants it: it grows to 4 GiB, never shrinks, and can be shared. */
export function engineMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 20, maximum: MAXIMUM_PAGES, shared: true });
}
