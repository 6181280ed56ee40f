/**
 * A circuit's nodes laid in their order, and its outputs held to what is shown.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { bounded } from "../cells/digits.ts";
import type { Steps } from "../cells/steps.ts";
import { counted, fresh, type Tensor } from "../cells/tensor.ts";
import type { CircuitModel } from "../format/circuit.ts";
import { isHashed, type RunArgs } from "../format/run_args.ts";
import { layNode } from "../operations/lay.ts";

/** What stands in a circuit from outside. */
export interface Ends {
  /** What each input reads, by the key of its node. */
  readonly inputs: ReadonlyMap<number, Tensor>;
  /** What each output is held to. */
  readonly outputs: readonly Tensor[];
}

/** Cells by what they are for. */
export interface ModelCells {
  /** Cells of each node, by its key. */
  readonly perNode: Map<number, number>;
  /** Cells that hold the outputs to the instance. */
  readonly outputCells: number;
  /** Where each output stands before it is held to what is shown. */
  readonly outputs: readonly Tensor[];
}

/**
 * Lays `model`. Nodes are laid in the order of their keys, those whose results nobody uses too.
 * @throws {ArgumentError} naming a node whose operation is not laid out here
 */
export function layModel(
  steps: Steps,
  model: CircuitModel,
  args: Pick<RunArgs, "inputVisibility" | "outputVisibility" | "ignoreRangeCheckInputsOutputs">,
  ends?: Ends,
): ModelCells {
  const { grid } = steps, results = new Map<number, Tensor>(), perNode = new Map<number, number>();
  const find = (key: number, reader: string): Tensor => {
    const operand = results.get(key);
    if (operand) return operand;
    throw new ArgumentError(
      `layOut: ${reader} reads node ${key}, which is not laid out before it; nodes must come after their operands`,
    );
  };
  const given = ends?.inputs ?? new Map(model.inputs.map((key) => {
    const { outDims } = model.nodes.get(key)!;
    // What is hashed stands in the hash's cells already.
    return [key, isHashed(args.inputVisibility) && grid.mode === "keygen" ? counted(outDims) : fresh(outDims)];
  }));
  for (const [key, node] of model.nodes) {
    const start = grid.cells, operands = node.inputs.map(([input]) => find(input, `node ${key}`));
    results.set(key, layNode(steps, node, operands, given.get(key)));
    perNode.set(key, grid.cells - start);
  }
  const start = grid.cells, { outputVisibility: visibility } = args;
  if (visibility !== "Public" && visibility !== "Private" && !isHashed(visibility)) {
    throw new ArgumentError(
      `layOut: the outputs are ${
        JSON.stringify(visibility)
      }, which is not laid out here; take Public, Hashed or Private`,
    );
  }
  if (visibility === "Public") {
    const bound = (x: Tensor) => args.ignoreRangeCheckInputsOutputs ? steps.identity(x) : bounded(steps, x);
    model.outputs.forEach(([key], index) => {
      const output = find(key, "an output"), isInput = model.nodes.get(key)?.opkind.kind === "Input";
      // An input that is given out is laid once more.
      const result = bound(isInput ? given.get(key)! : output);
      steps.equal(result, bound(ends?.outputs[index] ?? fresh(output.dims)));
    });
  }
  return { perNode, outputCells: grid.cells - start, outputs: model.outputs.map(([key]) => find(key, "an output")) };
}
