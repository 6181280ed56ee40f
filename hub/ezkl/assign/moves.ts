/**
 * Operations that put elements elsewhere and change none. What a simulator moves, an assignment moves with its cells.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/operations.ts";
import { OPERATIONS } from "../operations/list.ts";
import type { Comparisons } from "./comparisons.ts";
import { isPlaced, joined, pick, reshaped, type Tensor } from "./tensor.ts";

/** The result of an operation that only moves elements; null for any other. */
export function moved(steps: Comparisons, op: PolyOp | HybridOp, inputs: readonly Tensor[]): Tensor | null {
  if (op.name === "Reshape" || op.name === "Flatten") return inputs[0];
  const shapes = inputs.map(({ dims }) => dims);
  const move = OPERATIONS[op.name]?.move?.(op, shapes, op.name) ?? null;
  if (move === null) return null;
  const { region } = steps;
  let sources = inputs;
  switch (op.name) {
    case "MultiBroadcastTo": {
      sources = [region.assign(0, inputs[0])];
      const wide = pick(sources[0], move.from);
      region.lin += wide.values.length;
      return wide;
    }
    case "Slice":
      if (!isPlaced(inputs[0])) {
        sources = [region.assign(2, inputs[0])];
        region.lin += inputs[0].values.length;
      }
      break;
    case "Downsample":
      sources = [region.assign(2, inputs[0])];
      region.lin += inputs[0].values.length;
      break;
  }
  if (move.operand === undefined) return reshaped(pick(sources[0], move.from), [move.from.length]);
  const starts = sources.map((_, index) => sources.slice(0, index).reduce((sum, { values }) => sum + values.length, 0));
  const { operand } = move;
  return pick(joined(sources), move.from.map((from, at) => from < 0 ? -1 : from + starts[operand[at]]));
}
