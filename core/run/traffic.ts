/**
 * What dispatches ask of memory, counted: it does not depend on the adapter, as times do.
 * @module
 */
import type { Bound, Dispatch } from "./dispatch.ts";

/** What one dispatch asks of memory. */
export interface Traffic {
  /** Bytes of the buffers that are bound to be read, each once, however often a kernel loads them. */
  readonly read: number;
  /** Bytes of those that are bound to be written; some of them, as an optimiser's, are read before. */
  readonly written: number;
  /** Whether it waits for a dispatch before it: it reads what that one wrote, or writes what it read or wrote. */
  readonly waits: boolean;
}

/**
 * The traffic of each dispatch of a step, in order. Whoever waits, waits for all: what was pending is settled, as WebGPU
 * has one barrier for it.
 */
export function trafficOf(dispatches: readonly Pick<Dispatch, "bound">[]): Traffic[] {
  const bytes = (bound: readonly Bound[], access: Bound["access"]): number =>
    bound.reduce((sum, { slice, access: own }) => sum + (own === access ? slice.size : 0), 0);
  let pending = new Map<GPUBuffer, Bound["access"]>();
  return dispatches.map(({ bound }) => {
    const waits = bound.some(({ slice: { buffer }, access }) =>
      pending.get(buffer) === "read_write" || (pending.has(buffer) && access === "read_write")
    );
    if (waits) pending = new Map();
    for (const { slice: { buffer }, access } of bound) {
      if (pending.get(buffer) !== "read_write") pending.set(buffer, access);
    }
    return { read: bytes(bound, "read"), written: bytes(bound, "read_write"), waits };
  });
}
