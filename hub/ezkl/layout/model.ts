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
  /** What each output is held to; where its values are not known they are the circuit's. */
  readonly outputs: readonly Tensor[];
}

/** Cells by what they are for. */
export interface ModelCells {
  /** Cells of each node, by its key. */
  readonly perNode: Map<number, number>;
  /** Cells that hold the outputs to the instance. */
  readonly outputCells: number;
  /** The outputs, as the circuit gives them. */
  readonly results: readonly Tensor[];
}

/**
 * Lays `model`, a node in a step. Nodes are laid in the order of their keys, those whose results nobody uses too.
 * @throws {ArgumentError} naming a node whose operation is not laid out here
 */
export function* layModel(
  steps: Steps,
  model: CircuitModel,
  args: Pick<RunArgs, "inputVisibility" | "outputVisibility" | "ignoreRangeCheckInputsOutputs">,
  ends?: Ends,
): Generator<void, ModelCells> {
  const { grid } = steps, results = new Map<number, Tensor>(), perNode = new Map<number, number>();
  const find = (key: number, reader: string): Tensor => {
    const operand = results.get(key);
    if (operand) return operand;
    throw new ArgumentError(
      `layOut: ${reader} reads node ${key}, which is not laid out before it; nodes must come after their operands`,
    );
  };
  // What is hashed stands in the hash's cells already.
  const isThere = isHashed(args.inputVisibility) && grid.mode === "keygen";
  const given = (key: number, dims: readonly number[]): Tensor =>
    ends?.inputs.get(key) ?? (isThere ? counted(dims) : fresh(dims));
  for (const [key, node] of model.nodes) {
    const start = grid.cells, operands = node.inputs.map(([input]) => find(input, `node ${key}`));
    results.set(
      key,
      layNode(steps, node, operands, node.opkind.kind === "Input" ? given(key, node.outDims) : undefined),
    );
    perNode.set(key, grid.cells - start);
    yield;
  }
  const start = grid.cells, { outputVisibility: visibility } = args;
  if (visibility !== "Public" && visibility !== "Private" && !isHashed(visibility)) {
    throw new ArgumentError(
      `layOut: the outputs are ${
        JSON.stringify(visibility)
      }, which is not laid out here; take Public, Hashed or Private`,
    );
  }
  const outputs = model.outputs.map(([key]) => {
    const output = find(key, "an output"), isInput = model.nodes.get(key)?.opkind.kind === "Input";
    // An input that is given out is laid once more.
    return isInput ? given(key, output.dims) : output;
  });
  if (visibility === "Public") {
    const bound = (x: Tensor) => args.ignoreRangeCheckInputsOutputs ? steps.identity(x) : bounded(steps, x);
    outputs.forEach((output, index) => {
      const result = bound(output);
      steps.equal(result, bound(valued(ends?.outputs[index] ?? fresh(output.dims), output)));
    });
  }
  return { perNode, outputCells: grid.cells - start, results: outputs };
}

/** A tensor with another's values where it has none. */
function valued(tensor: Tensor, { elements: known }: Tensor): Tensor {
  const { elements } = tensor;
  if (elements === null || known === null || elements.values.some((value) => value !== null)) return tensor;
  return { ...tensor, elements: { ...elements, values: known.values } };
}
