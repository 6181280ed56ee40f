/**
 * The permutation of cells: each cycle joins cells that are equal. How cycles are joined decides their order, and that
 * is part of a key.
 * @module
 */

/** For each cell, the next of its cycle. */
export function permutationOf(cells: number, copies: Int32Array): Int32Array<ArrayBuffer> {
  const next = Int32Array.from({ length: cells }, (_, cell) => cell);
  const cycle = next.slice(), sizes = new Int32Array(cells).fill(1);
  for (let at = 0; at < copies.length; at += 2) {
    const a = copies[at], b = copies[at + 1];
    let [larger, smaller] = [cycle[a], cycle[b]];
    if (larger === smaller) continue;
    if (sizes[larger] < sizes[smaller]) [larger, smaller] = [smaller, larger];
    sizes[larger] += sizes[smaller];
    for (let cell = smaller;;) {
      cycle[cell] = larger;
      cell = next[cell];
      if (cell === smaller) break;
    }
    [next[a], next[b]] = [next[b], next[a]];
  }
  return next;
}
