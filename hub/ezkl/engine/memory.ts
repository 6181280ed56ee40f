/**
 * The engine's memory.
 * @module
 */

/** A memory as the engine wants it: it grows to 4 GiB, never shrinks, and can be shared. */
export function engineMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 20, maximum: 65536, shared: true });
}
