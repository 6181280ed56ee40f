/**
 * Operations that put elements elsewhere and change none: elements go with their cells.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/operations.ts";
import { movedFrom } from "./claims.ts";
import type { Comparisons } from "./comparisons.ts";
import { joined, pick, type Tensor } from "./tensor.ts";

/** The result of an operation that only moves elements; null for any other. */
export function moved(steps: Comparisons, op: PolyOp | HybridOp, inputs: readonly Tensor[]): Tensor | null {
  const { region } = steps;
  const move = (sources: readonly Tensor[]) => pick(joined(sources), movedFrom(op, sources));
  const copied = (x: Tensor) => {
    const placed = region.assign(2, x);
    region.lin += x.values.length;
    return placed;
  };
  switch (op.name) {
    case "Reshape":
    case "Flatten":
      return inputs[0];
    case "MoveAxis":
    case "Pad":
    case "Concat":
      return move(inputs);
    case "Gather":
    case "GatherElements":
      return op.constantIdx === null ? null : move(inputs);
    case "MultiBroadcastTo": {
      const wide = move([region.assign(0, inputs[0])]);
      region.lin += wide.values.length;
      return wide;
    }
    case "Slice":
      return move([steps.identity(inputs[0], false)]);
    case "Downsample":
    case "Resize":
      return move(inputs.map(copied));
    default:
      return null;
  }
}
