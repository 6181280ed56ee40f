/**
 * Nodes of ours that nobody reads: they hold values to what EZKL's layouts leave a prover free to choose.
 *
 * EZKL checks that a Boolean input and the results of a OneHot are 0 or 1, and that a root is not negative, in cells that
 * nothing ties to theirs, and it does not check the range of what it hashes. An operation whose checks are of its
 * operand's own cells does: the logic holds them to 0 and 1, and a sign bounds them by its digits.
 * @module
 */
import type { CircuitModel, CircuitNode, SupportedOp } from "../format/circuit.ts";
import { isHashed, type RunArgs } from "../format/run_args.ts";

const SIGN: SupportedOp = { kind: "Linear", op: { name: "Sign" } };
const NOT: SupportedOp = { kind: "Linear", op: { name: "Not" } };

/** Operations that keep every element, and the cell that it stands in. */
const MOVES: readonly string[] = ["Reshape", "Flatten", "MoveAxis", "Identity"];

/** The circuit with such nodes where it needs them. */
export function bindFree(
  model: CircuitModel,
  { inputVisibility, ignoreRangeCheckInputsOutputs }: Pick<
    RunArgs,
    "inputVisibility" | "ignoreRangeCheckInputsOutputs"
  >,
): CircuitModel {
  const nodes = new Map(model.nodes), checked = checkedTruths(model);
  const add = (opkind: SupportedOp, of: CircuitNode): CircuitNode => {
    const idx = Math.max(...nodes.keys()) + 1;
    const node = {
      opkind,
      outScale: 0,
      inputs: [[of.idx, 0]] as [number, number][],
      outDims: of.outDims,
      idx,
      numUses: 1,
    };
    nodes.set(idx, node);
    of.numUses++;
    return node;
  };
  for (const node of model.nodes.values()) {
    const { opkind } = node;
    if (opkind.kind === "Input" && opkind.datumType === "Bool") {
      if (!checked.has(node.idx)) add(NOT, node);
    } else if (opkind.kind === "Input") {
      if (isHashed(inputVisibility) && !ignoreRangeCheckInputsOutputs) add(SIGN, node);
    } else if (isHybrid(opkind, "OneHot")) add(NOT, node);
    else if (isHybrid(opkind, "Sqrt", "Rsqrt")) add(NOT, add(SIGN, node));
  }
  return { ...model, nodes };
}

/** The nodes whose own cells the circuit's logic holds to 0 and 1. */
function checkedTruths({ nodes }: CircuitModel): ReadonlySet<number> {
  const found = new Set<number>();
  const add = (key: number): void => {
    found.add(key);
    const { opkind, inputs } = nodes.get(key)!;
    // The same cells in another order.
    if (opkind.kind === "Linear" && MOVES.includes(opkind.op.name)) inputs.forEach(([from]) => add(from));
  };
  for (const { opkind, inputs } of nodes.values()) {
    const op = unwrapped(opkind);
    if (op.kind !== "Linear") continue;
    const { name } = op.op;
    if (name === "Not" || name === "Iff") add(inputs[0][0]);
    if (name === "And" || name === "Or" || name === "Xor") inputs.forEach(([key]) => add(key));
  }
  return found;
}

function unwrapped(op: SupportedOp): SupportedOp {
  return op.kind === "Rescaled" || op.kind === "RebaseScale" ? unwrapped(op.inner) : op;
}

function isHybrid(op: SupportedOp, ...names: readonly string[]): boolean {
  const inner = unwrapped(op);
  return inner.kind === "Hybrid" && names.includes(inner.op.name);
}
