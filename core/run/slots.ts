/**
 * Which intermediate values can share a buffer: liveness over the list of kernels.
 * @module
 */
/** What one kernel reads and writes of the values that want a slot. */
export interface Access<T> {
  /** Values read. */
  readonly reads: readonly T[];
  /** Values written. */
  readonly writes: readonly T[];
}

/** Slots by value, and each slot's size in bytes. */
export interface SlotTable<T> {
  /** The slot of each value. */
  readonly slot: ReadonlyMap<T, number>;
  /** The size of each slot in bytes. */
  readonly sizes: readonly number[];
}

/**
 * Gives every written value a slot; a slot is free again after its value's last
 * reader. A kernel never reads and writes one slot: WebGPU refuses that.
 *
 * @param accesses The kernels, in order.
 * @param bytes The size of a value.
 */
export function assignSlots<T>(accesses: readonly Access<T>[], bytes: (value: T) => number): SlotTable<T> {
  const last = new Map<T, number>();
  for (const [index, access] of accesses.entries()) {
    for (const value of [...access.reads, ...access.writes]) last.set(value, index);
  }
  const slot = new Map<T, number>();
  const sizes: number[] = [];
  const free: number[] = [];
  for (const [index, access] of accesses.entries()) {
    for (const value of access.writes) {
      const size = bytes(value);
      const chosen = take(free, sizes, size);
      sizes[chosen] = Math.max(sizes[chosen] ?? 0, size);
      slot.set(value, chosen);
    }
    for (const value of new Set([...access.reads, ...access.writes])) {
      if (last.get(value) === index && slot.has(value)) free.push(slot.get(value)!);
    }
  }
  return { slot, sizes };
}

/** The smallest free slot that is large enough, else the largest free one, else a new one. */
function take(free: number[], sizes: readonly number[], size: number): number {
  if (free.length === 0) return sizes.length;
  free.sort((a, b) => sizes[a] - sizes[b]);
  const fitting = free.findIndex((slot) => sizes[slot] >= size);
  return free.splice(fitting === -1 ? free.length - 1 : fitting, 1)[0];
}
