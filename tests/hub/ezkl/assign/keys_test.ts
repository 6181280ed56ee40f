/** Keys of every operation's circuit, byte for byte the engine's. */
import assert from "node:assert/strict";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import type { IndexTensor, PolyOp } from "../../../../hub/ezkl/format/operations.ts";
import { type Case, CASES } from "../layout/cases.ts";
import { CircuitWriter, keysOf } from "../layout/circuits.ts";

/** With 58 usable rows the larger cases fill many blocks. */
const GRIDS = [
  { numInnerCols: 1, logrows: 6, ignoreRangeCheckInputsOutputs: true },
  { numInnerCols: 2, logrows: 6, ignoreRangeCheckInputsOutputs: false, decompBase: 8, decompLegs: 3 },
];

const tensor = (values: number[], dims: number[]): IndexTensor => ({ values, dims, scale: null, visibility: null });
const moved = (op: PolyOp, dims: number[][]): Case[1] => (c) => {
  // What only moves has no gate to be seen by: it is negated.
  return [c.linear({ name: "Neg" }, [c.linear(op, dims.map((shape) => c.input(shape)), [2, 2])], [2, 2])];
};

/** Operations that the layout's cases do not have. */
const MORE: readonly Case[] = [
  ["Resize", moved({ name: "Resize", scaleFactor: [1, 2] }, [[2, 1]])],
  ["GatherElements", moved({ name: "GatherElements", dim: 1, constantIdx: tensor([1, 0, 1, 1], [2, 2]) }, [[2, 2]])],
  [
    "ScatterElements",
    moved({ name: "ScatterElements", dim: 1, constantIdx: tensor([1, 0], [2, 1]) }, [[2, 2], [2, 1]]),
  ],
  ["ScatterND", moved({ name: "ScatterND", constantIdx: tensor([1], [1, 1]) }, [[2, 2], [1, 2]])],
  ["GatherND", moved({ name: "GatherND", batchDims: 0, indices: tensor([1, 0], [2, 1]) }, [[2, 2]])],
  ["Prod", (c) => [c.linear({ name: "Prod", axes: [1], lenProd: 3 }, [c.input([2, 3])], [2, 1])]],
];

for (const [name, write] of [...CASES, ...MORE]) {
  Deno.test(`the key of ${name} is the engine's`, async () => {
    for (const args of GRIDS) {
      const circuit = new CircuitWriter(args);
      const { vk, compiled, srs } = await keysOf(circuit.model(write(circuit)), circuit.args);
      await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
      const own = await prover.verifyingKey();
      assert.ok(own.length === vk.length && own.every((byte, at) => byte === vk[at]), `w = ${args.numInnerCols}`);
    }
  });
}
