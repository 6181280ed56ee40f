/**
 * Lays one node: whatever wraps its operation, and the operation.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { truth } from "../cells/logic.ts";
import { bounded } from "../cells/digits.ts";
import { feltOf } from "../cells/felt.ts";
import type { Steps } from "../cells/steps.ts";
import { constants, fresh, reshaped, type Tensor } from "../cells/tensor.ts";
import type { CircuitNode, SupportedOp } from "../format/circuit.ts";
import { OPERATIONS } from "./list.ts";
import type { Laying } from "./operation.ts";
import { table } from "./table.ts";

/**
 * Lays `node` with the operands `inputs` and gives its result; `given` is what an input of the graph reads.
 * @throws {ArgumentError} naming the node and an operation that is not laid out here
 */
export function layNode(steps: Steps, node: CircuitNode, inputs: readonly Tensor[], given?: Tensor): Tensor {
  return reshaped(layOp(steps, node.opkind, inputs, node, given), node.outDims);
}

function layOp(
  steps: Steps,
  op: SupportedOp,
  inputs: readonly Tensor[],
  node: CircuitNode,
  given?: Tensor,
): Tensor {
  const refuse = (what: string) =>
    new ArgumentError(
      `layOut: node ${node.idx} is ${what}, which is not laid out here; express it with additions, products, ` +
        `comparisons, tables, convolutions and poolings`,
    );
  const about: Laying = { steps, inputs, dims: node.outDims, refuse };
  switch (op.kind) {
    case "Input": {
      const input = given ?? fresh(node.outDims);
      // The cells of a hash: nothing is laid or checked.
      if (steps.isLaid(input)) return input;
      if (op.datumType === "Bool") return truth(steps, input);
      return op.decomp ? bounded(steps, input) : steps.identity(input);
    }
    case "Constant": {
      const { values, visibility } = op.quantizedValues;
      const constant = visibility === "Fixed"
        ? constants(values.map(feltOf), node.outDims)
        : steps.claimed(node.outDims, () => values.map(feltOf));
      if (node.numUses <= 1) return constant;
      return op.decomp ? bounded(steps, constant) : steps.identity(constant);
    }
    case "Rescaled": {
      const multipliers = new Map(op.scale);
      const rescaled = inputs.map((input, at) => {
        const multiplier = multipliers.get(at) ?? 1n;
        return multiplier === 1n ? input : steps.pair("Mult", input, steps.constants([multiplier]));
      });
      return layOp(steps, op.inner, rescaled, node);
    }
    case "RebaseScale": {
      const inner = reshaped(layOp(steps, op.inner, inputs, node), node.outDims);
      return layOp(steps, { kind: "Hybrid", op: op.rebaseOp }, [inner], node);
    }
    case "Nonlinear":
      return table.lay(op.op, about);
    case "Linear":
    case "Hybrid": {
      const operation = OPERATIONS[op.op.name];
      if (operation === null) throw refuse(op.op.name);
      return operation.lay(op.op, about);
    }
    default:
      throw refuse(op.kind);
  }
}
