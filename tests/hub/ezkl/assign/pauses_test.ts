import assert from "node:assert/strict";
import { assignCells, assignWithPauses } from "../../../../hub/ezkl/assign/assign.ts";
import { decodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { subject } from "../../halo2/prover/subjects.ts";

Deno.test("cells are the same with a pause behind every node", async () => {
  const circuit = decodeCircuit((await subject("conv_sigmoid_avgpool")).compiled);
  let pauses = 0;
  const cells = await assignWithPauses(circuit, null, () => Promise.resolve(void pauses++));
  assert.equal(pauses, circuit.model.nodes.size);
  assert.deepEqual(cells, assignCells(circuit, null));
});
