/** Circuits whose visibilities are not laid out here go to EZKL's engine, or are refused where the prover is asked for. */
import assert from "node:assert/strict";
import { assignCells } from "../../../../hub/ezkl/assign/assign.ts";
import { encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import { HASHED, type RunArgs, type Visibility } from "../../../../hub/ezkl/format/run_args.ts";
import { whyUnseen } from "../../../../hub/ezkl/layout/seen.ts";
import { genSrs, priceCircuit, setup } from "../../../../hub/ezkl/mod.ts";
import { CircuitWriter, settingsOf } from "./circuits.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";

const hidden: Visibility = { Hashed: { hashIsPublic: false, outlets: [] } };
const seen = (args: Partial<RunArgs>) => whyUnseen(new CircuitWriter(args).args);

Deno.test("whyUnseen() takes what the prover lays out, and names what it does not and what to do", () => {
  for (const inputVisibility of ["Private", "Public", HASHED] as const) {
    for (const paramVisibility of ["Private", "Fixed"] as const) {
      assert.equal(seen({ inputVisibility, paramVisibility, outputVisibility: HASHED }), null);
    }
  }
  const laidOut = "which the prover does not lay out";
  const refused: [Partial<RunArgs>, string][] = [
    [
      { inputVisibility: "Fixed" },
      `the inputs are "Fixed", ${laidOut}; take Private or Public, or prove with the engine`,
    ],
    [{ outputVisibility: "KZGCommit" }, `the outputs are "KZGCommit", ${laidOut}; take Private or Public`],
    [{ inputVisibility: hidden }, `the inputs are {"Hashed":{"hashIsPublic":false,"outlets":[]}}, ${laidOut}`],
    [
      { paramVisibility: "Public" },
      `the weights are "Public", ${laidOut}; take Private or Fixed, or prove with the engine`,
    ],
    [{ paramVisibility: HASHED }, `the weights are {"Hashed":{"hashIsPublic":true,"outlets":[]}}, ${laidOut}`],
  ];
  for (const [args, sentence] of refused) assert.ok(seen(args)?.startsWith(sentence), `${seen(args)}`);
});

/** A circuit as a program of EZKL's may have compiled it. */
function circuit(args: Partial<RunArgs>) {
  const writer = new CircuitWriter({ outputVisibility: "Public", ...args });
  const x = writer.input([2]), w = writer.constant([3, 4], [2]);
  const model = writer.model([writer.linear({ name: "Mult" }, [x, w], [2])]);
  return { model, settings: settingsOf(model, writer.args, layOut(model, writer.args, "dummy")) };
}

Deno.test("a circuit that the prover does not lay out is the engine's", async () => {
  for (const args of [{ inputVisibility: hidden }, { paramVisibility: "KZGCommit" as const }]) {
    const made = circuit(args), compiled = encodeCircuit(made);
    assert.equal(priceCircuit(compiled).prover, "ezkljs");
    assert.throws(() => assignCells(made, null), /which the prover does not lay out/);
    await assert.rejects(setup(compiled, await genSrs(9), { prover: "zkgrad" }), /which the prover does not lay out/);
  }
  assert.equal(priceCircuit(encodeCircuit(circuit({}))).prover, "zkgrad");
});
