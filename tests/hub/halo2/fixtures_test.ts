/** Digests and proofs of native EZKL and of the npm engine, over every kind of circuit. */
import assert from "node:assert/strict";
import { columnsBeforeSelectors, columnsOf } from "../../../hub/halo2/circuit/columns.ts";
import { type ConstraintSystem, constraintSystem } from "../../../hub/halo2/circuit/constraint_system.ts";
import { digestOf } from "../../../hub/halo2/circuit/digest.ts";
import { readVerifyingKey } from "../../../hub/halo2/circuit/verifying_key.ts";
import { proofBytes, proofShape } from "../../../hub/halo2/verify/proof_shape.ts";
import { readProof, verify } from "../../../hub/ezkl/verify.ts";
import type { GraphSettings } from "../../../hub/ezkl/format/settings.ts";
import { circuit, CIRCUITS, NATIVE } from "./circuits.ts";

for (const name of CIRCUITS) {
  Deno.test(`${name}: native EZKL's digest, and a proof that holds`, async () => {
    const { settings, vk, srs, digest, proof, words } = circuit(name);
    const key = readVerifyingKey("test", vk, settings), system = constraintSystem("test", settings, key);
    assert.equal(digestOf(system, key), digest);
    checkCounts(settings, system);
    assert.equal(proofBytes(proofShape(system)), words.length);
    assert.equal(await verify(proof, vk, settings, srs), true);
    assert.ok(readProof(proof, settings).outputs![0].length > 0);
  });
}

/** The numbers that are told before anything is laid out are those of the whole. */
function checkCounts(
  settings: GraphSettings,
  { columns, permutation, degree, selectors, lookups }: ConstraintSystem,
): void {
  const counts = columnsOf(settings);
  const own = Math.max(...selectors.map(({ column }) => column)) + 1;
  assert.deepEqual(
    [counts.adviceColumns, counts.permutationColumns, counts.degree, columnsBeforeSelectors(counts) + own],
    [columns.advice, permutation.length, degree, columns.fixed],
  );
  assert.equal(counts.simpleSelectors + counts.complexSelectors, selectors.length);
  assert.ok(lookups.length > 0);
}

Deno.test("a key of a table of three columns may be made in two ways, with a digest each", () => {
  const { settings, vk, digest } = circuit("sig_T3");
  const key = readVerifyingKey("test", vk, settings);
  const digests = [Infinity, 1, 3].map((depth) => digestOf(constraintSystem("test", settings, key, depth), key));
  assert.equal(digests[0], digest);
  assert.notEqual(digests[1], digest);
  assert.equal(digests[2], digest, "three columns are split three times at most");
});

Deno.test("a proof of a hashed input shows the hash, and tells no other", async () => {
  const { settings, vk, srs, proof } = circuit("hashed");
  const { hashes, inputs, outputs } = readProof(proof, settings);
  assert.deepEqual(hashes, [0x1f2747264a456e601a09fc620f6a09c2ce30855184df671e931279d7f1670c7an]);
  assert.equal(inputs, undefined);
  assert.deepEqual([...outputs![0]], [-0.70703125, -0.0546875, -0.0078125]);
  const other = new TextEncoder().encode(new TextDecoder().decode(proof).replace("0x1f2747", "0x1f2748"));
  await assert.rejects(verify(other, vk, settings, srs), {
    name: "FormatError",
    message: /tells the hashes 0x1f2748.*and the proof is about 0x1f2747/,
  });
});

Deno.test("no circuit's proof holds under another's key", async () => {
  for (const name of NATIVE) {
    const { settings, vk, srs } = circuit(name);
    for (const other of NATIVE.filter((other) => other !== name)) {
      const { proof } = circuit(other);
      // Circuits that show something else are told apart before.
      const answer = await verify(proof, vk, settings, srs).catch(({ name }) => name);
      assert.ok(answer === false || answer === "FormatError", `${other} under ${name}: ${answer}`);
    }
  }
});
