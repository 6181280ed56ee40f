/** `key.pk` byte for byte the engine's. */
import assert from "node:assert/strict";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { subject } from "./subjects.ts";

const name = "two tables of three columns, public inputs";

Deno.test(`${name}: key.pk is the engine's, byte for byte, and a proof needs no more than key.vk`, async () => {
  const { compiled, srs, witness } = await subject(name);
  await using engine = new Engine({ threads: 1 });
  await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
  const pk = await prover.provingKey(), vk = await prover.verifyingKey();
  assert.deepEqual(pk.subarray(0, vk.length), vk);
  const expected = await engine.genPk(vk, compiled, srs);
  assert.equal(pk.length, expected.length);
  assert.ok(pk.every((byte, at) => byte === expected[at]), "bytes");
  await using other = await CircuitProver.create(compiled, srs, { threads: 1 });
  await other.useKey(vk);
  assert.ok((await other.prove(witness)).length > 0);
});

Deno.test("a key is not made where the work is stopped, and made by the next who asks", async () => {
  const { compiled, srs } = await subject("gemm");
  await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
  const stop = new AbortController(), work = prover.provingKey({ signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(work, /enough/);
  assert.ok((await prover.verifyingKey()).length > 0);
});
