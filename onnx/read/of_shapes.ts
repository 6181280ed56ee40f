/**
 * What stands before a node, for hints that are true where it stands.
 * @module
 */
import type { ReadNode } from "./graph.ts";

/** Whether a node works on shapes: everything that it is made from is a Shape or constant. */
export function isOfShapes(node: ReadNode): boolean {
  const seen = new Set<ReadNode>();
  const pending = [node];
  let shapes = false;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.opType === "Shape" || next.opType === "Size") {
      shapes = true;
      continue;
    }
    for (const value of next.inputs) {
      if (value === null || value.constant !== null) continue;
      if (value.maker === null) return false;
      pending.push(value.maker);
    }
  }
  return shapes;
}
