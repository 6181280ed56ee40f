/**
 * Operations that put elements elsewhere and change none. What a simulator moves, an assignment moves with its cells.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/operations.ts";
import { OPERATIONS } from "../operations/list.ts";
import type { Comparisons } from "./comparisons.ts";
import { joined, pick, type Tensor } from "./tensor.ts";

/** The result of an operation that only moves elements; null for any other. */
export function moved(steps: Comparisons, op: PolyOp | HybridOp, inputs: readonly Tensor[]): Tensor | null {
  const { region } = steps;
  const move = (sources: readonly Tensor[]): Tensor | null => {
    const found = OPERATIONS[op.name]?.move?.(op, sources.map(({ dims }) => dims), op.name) ?? null;
    if (found === null) return null;
    const { from, operand } = found;
    if (operand === undefined) return pick(sources[0], from);
    const starts = sources.map((_, index) =>
      sources.slice(0, index).reduce((sum, { values }) => sum + values.length, 0)
    );
    return pick(joined(sources), from.map((from, at) => from < 0 ? -1 : from + starts[operand[at]]));
  };
  const copied = (x: Tensor): Tensor => {
    const placed = region.assign(2, x);
    region.lin += x.values.length;
    return placed;
  };
  switch (op.name) {
    case "Reshape":
    case "Flatten":
      return inputs[0];
    case "MultiBroadcastTo": {
      const wide = move([region.assign(0, inputs[0])]);
      region.lin += wide!.values.length;
      return wide;
    }
    case "Slice":
      return move([steps.identity(inputs[0], false)]);
    case "Resize":
      return move(inputs.map(copied));
    // How EZKL lays these is not known yet.
    case "Downsample":
    case "Trilu":
      return null;
    default:
      return move(inputs);
  }
}
