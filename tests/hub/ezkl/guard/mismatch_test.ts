/** Files of several circuits or reference strings: each is refused with a sentence, and by the step that is given it. */
import assert from "node:assert/strict";
import {
  genSrs,
  genWitness,
  inputJson,
  prove,
  ProvingKey,
  readProof,
  settingsToJson,
  setup,
  verifierSrs,
  verify,
} from "../../../../hub/mod.ts";
import { failing, prover, testWithEngine } from "../asking.ts";
import { chainOf, linearChain, tinyOnnx, tinySigmoidOnnx } from "../tiny.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

const OTHER_STRING =
  /proving key was not made with this reference string but with one of another secret; give the string/;

testWithEngine("prove() refuses another reference string than setup's", async (engine) => {
  for (const chain of [await linearChain(), await chainOf(tinySigmoidOnnx())]) {
    const { witness, pk, compiled, settings, srs, vk } = chain;
    const other = await genSrs(settings.runArgs.logrows);
    const asked = prove(witness, new ProvingKey(pk.slice()), compiled, other, { engine });
    await assert.rejects(asked, failing("ArgumentError", OTHER_STRING));
    await assert.rejects(
      prove(witness, vk, compiled, other, { prover }),
      failing("ArgumentError", /key was not made with this reference string|made with another reference string/),
    );
    const vain = await engine.prove(witness, pk, compiled, other);
    const settingsFile = bytes(settingsToJson(settings));
    for (const string of [srs, other]) assert.equal(await engine.verify(vain, vk, settingsFile, string), false);
  }
});

Deno.test(
  "verify() says that a key is of another string of its k, and false where that cannot be seen",
  async () => {
    const { settings, vk, proof } = await linearChain();
    const other = await genSrs(settings.runArgs.logrows);
    const message = /verify\(\): the verifying key was not made with this reference string/;
    await assert.rejects(verify(proof, vk, settings, other), failing("ArgumentError", message));
    assert.equal(await verify(proof, vk, settings, verifierSrs(other)), false);
  },
);

testWithEngine("prove() refuses the key of the same network with other weights", async (engine) => {
  const mine = await linearChain(), other = await chainOf(tinyOnnx(2));
  assert.equal(mine.pk.length, other.pk.length);
  for (const key of [other.vk, (await setup(other.compiled, mine.srs, { prover })).vk]) {
    await assert.rejects(
      prove(mine.witness, key, mine.compiled, mine.srs, { prover }),
      failing("ArgumentError", /key is of another circuit|key was not made with this reference string/),
    );
  }
  for (const key of [other.pk, (await setup(other.compiled, mine.srs, { engine })).pk]) {
    await assert.rejects(
      prove(mine.witness, key, mine.compiled, mine.srs, { engine }),
      failing(
        "ArgumentError",
        /proving key is of another circuit: it lacks the circuit's constant -?\d+; give the key/,
      ),
    );
  }
});

testWithEngine("prove() does not return a proof that does not verify", async (engine) => {
  const { witness, pk, compiled, srs } = await linearChain();
  // The extended form of a permutation column is nowhere else in the key.
  const damaged = pk.slice();
  damaged[pk.length - 40] ^= 1;
  await assert.rejects(
    prove(witness, damaged, compiled, srs, { engine }),
    failing(
      "EngineError",
      /was made and does not verify, so it is not returned; the proving key is of another circuit/,
    ),
  );
});

Deno.test("prove() believes nothing that a witness says of itself", async () => {
  const { witness, vk, compiled, srs } = await chainOf(tinySigmoidOnnx());
  const changed = (change: (json: Record<string, unknown>) => void, file = witness) => {
    const json = JSON.parse(text(file));
    change(json);
    return prove(bytes(JSON.stringify(json)), vk, compiled, srs, { prover });
  };
  const beyond = await genWitness(compiled, inputJson(Float32Array.of(30, -30, 30)));
  const modest = changed((json) => Object.assign(json, { min_lookup_inputs: 0, max_lookup_inputs: 5 }), beyond);
  await assert.rejects(modest, failing("ArgumentError", /looks up values from -?\d+ to -?\d+, and the tables hold/));
  await assert.rejects(
    changed((json) => json.max_lookup_inputs = 100),
    failing("ArgumentError", /maxLookupInputs is 100 in the witness, and the circuit has -?\d+ for its inputs/),
  );
  await assert.rejects(
    changed((json) => (json.pretty_elements as { rescaled_outputs: string[][] }).rescaled_outputs[0][1] = "0.75"),
    failing("FormatError", /pretty_elements\.rescaled_outputs\[0\]\[1\] is "0.75", and the file is about the number/),
  );
  await assert.rejects(
    changed((json) => (json.pretty_elements as { inputs: string[][] }).inputs[0].pop()),
    failing("FormatError", /pretty_elements\.inputs has lists of \[2\] numbers, expected \[3\]/),
  );
  await changed((json) => json.pretty_elements = null);
});

Deno.test("verify() refuses a proof that holds and tells people other numbers", async () => {
  const { settings, srs, vk, proof } = await linearChain();
  const { outputs } = readProof(proof, settings);
  const told = (numbers: string[][]) => {
    const json = JSON.parse(text(proof)), none: string[][] = [];
    const kept = { rescaled_inputs: none, inputs: none, processed_inputs: none, processed_params: none };
    json.pretty_public_inputs = { ...kept, processed_outputs: none, rescaled_outputs: numbers, outputs: none };
    return verify(bytes(JSON.stringify(json)), vk, settings, srs);
  };
  const own = outputs!.map((tensor) => Array.from(tensor, String));
  assert.equal(await told(own), true);
  const message = /pretty_public_inputs\.rescaled_outputs\[0\]\[0\] is "99", and the file is about/;
  await assert.rejects(told([own[0].with(0, "99")]), failing("FormatError", message));
});

Deno.test("keys are taken in their shortest form alone", async () => {
  const { settings, srs, vk, proof } = await linearChain();
  const P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
  const longer = vk.slice();
  let at = 7;
  while (longer.subarray(at, at + 64).every((byte) => byte === 0)) at += 64;
  let x = longer.subarray(at, at + 32).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n) + P;
  for (let byte = 0; byte < 32; byte++, x >>= 8n) longer[at + byte] = Number(x & 255n);
  assert.equal(x, 0n);
  const message = /point \d+ of the verifying key is not on the curve, or not written in its shortest form/;
  await assert.rejects(verify(proof, longer, settings, srs), failing("FormatError", message));
});
