/** Every operation that the prover lays, in a circuit of its own. */
import type { IndexTensor, PolyOp } from "../../../../hub/ezkl/format/operations.ts";
import { type Case, CASES } from "../layout/cases.ts";
import { MORE_CASES } from "../layout/more_cases.ts";

const tensor = (values: number[], dims: number[]): IndexTensor => ({ values, dims, scale: null, visibility: null });
const moved = (op: PolyOp, dims: number[][]): Case[1] => (c) => {
  // What only moves has no gate to be seen by: it is negated.
  return [c.linear({ name: "Neg" }, [c.linear(op, dims.map((shape) => c.input(shape)), [2, 2])], [2, 2])];
};

/** Those of the layout, and operations that have no gate of their own. */
export const ALL_CASES: readonly Case[] = [
  ...CASES,
  ...MORE_CASES,
  ["Resize", moved({ name: "Resize", scaleFactor: [1, 2] }, [[2, 1]])],
  ["GatherElements", moved({ name: "GatherElements", dim: 1, constantIdx: tensor([1, 0, 1, 1], [2, 2]) }, [[2, 2]])],
  [
    "ScatterElements",
    moved({ name: "ScatterElements", dim: 1, constantIdx: tensor([1, 0], [2, 1]) }, [[2, 2], [2, 1]]),
  ],
  ["ScatterND", moved({ name: "ScatterND", constantIdx: tensor([1], [1, 1]) }, [[2, 2], [1, 2]])],
  ["GatherND", moved({ name: "GatherND", batchDims: 0, indices: tensor([1, 0], [2, 1]) }, [[2, 2]])],
];
