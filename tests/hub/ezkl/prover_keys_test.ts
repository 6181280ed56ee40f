/** A Prover that goes on living takes no key but its circuit's, and trusts no bytes that it does not hold itself. */
import assert from "node:assert/strict";
import { KEY_HEADER } from "../../../hub/halo2/circuit/key_bytes.ts";
import { compileCircuit, genSettings, prove, Prover, setup, verify } from "../../../hub/mod.ts";
import { failing } from "./asking.ts";
import { linearChain, TINY_ARGS, tinyOnnx } from "./tiny.ts";

const POINT = 64;

/** The key with two commitments of its permutation changed about: still points, and nothing that is compared. */
function damaged(vk: Uint8Array): Uint8Array {
  const fixed = new DataView(vk.buffer, vk.byteOffset).getUint32(3, true), at = KEY_HEADER + POINT * fixed;
  const changed = vk.slice();
  changed.set(vk.subarray(at + POINT, at + 2 * POINT), at);
  changed.set(vk.subarray(at, at + POINT), at + POINT);
  return changed;
}

Deno.test("a damaged key makes no proof, and leaves nothing behind in the Prover", async () => {
  const { compiled, srs, vk, witness, settings } = await linearChain();
  await using prover = new Prover({ threads: 1 });
  await assert.rejects(
    prove(witness, damaged(vk), compiled, srs, { prover }),
    failing(
      "UnsatisfiedError",
      /does not hold, so it is not returned; the key is damaged or of another circuit: make it/,
    ),
  );
  assert.deepEqual((await setup(compiled, srs, { prover })).vk, vk);
  assert.equal(await verify(await prove(witness, vk, compiled, srs, { prover }), vk, settings, srs), true);
});

Deno.test("a key that was given for proofs is not what setup() gives", async () => {
  const { compiled, srs, vk, witness } = await linearChain();
  await using prover = new Prover({ threads: 1 });
  // Not proven yet: the witness is no witness.
  await assert.rejects(prover.prove(witness.subarray(0, 9), damaged(vk), compiled, srs));
  assert.deepEqual((await setup(compiled, srs, { prover })).vk, vk);
});

Deno.test("a Prover that knows its circuit's key refuses another", async () => {
  const { compiled, srs, vk, witness, settings } = await linearChain();
  await using prover = new Prover({ threads: 1 });
  await setup(compiled, srs, { prover });
  await assert.rejects(
    prove(witness, damaged(vk), compiled, srs, { prover }),
    failing("ArgumentError", /the key is of another circuit, or was made with another reference string/),
  );
  assert.equal(await verify(await prove(witness, vk, compiled, srs, { prover }), vk, settings, srs), true);
});

Deno.test("bytes that a Prover was given may be written over after the call", async () => {
  const { compiled, srs, vk, witness, settings } = await linearChain();
  const other = compileCircuit(tinyOnnx(2), genSettings(tinyOnnx(2), TINY_ARGS));
  assert.equal(other.length, compiled.length);
  const { vk: otherKey } = await setup(other, srs);
  const circuit = compiled.slice(), key = vk.slice();
  await using prover = new Prover({ threads: 1 });
  await prove(witness, key, circuit, srs, { prover });
  key.fill(0);
  assert.equal(await verify(await prove(witness, vk, circuit, srs, { prover }), vk, settings, srs), true);
  circuit.set(other);
  assert.deepEqual((await setup(circuit, srs, { prover })).vk, otherKey);
});
