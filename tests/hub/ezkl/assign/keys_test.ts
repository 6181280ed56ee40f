/** Keys of every operation's circuit, byte for byte the engine's. */
import assert from "node:assert/strict";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { ALL_CASES } from "./cases.ts";
import { CircuitWriter, keysOf } from "../layout/circuits.ts";

/** With 58 usable rows the larger cases fill many blocks. */
const GRIDS = [
  { numInnerCols: 1, logrows: 6, ignoreRangeCheckInputsOutputs: true },
  { numInnerCols: 2, logrows: 6, ignoreRangeCheckInputsOutputs: false, decompBase: 8, decompLegs: 3 },
];

for (const [name, write] of ALL_CASES) {
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
