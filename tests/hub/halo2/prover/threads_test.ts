/** A prover's threads: many proofs, one that is stopped, threads that end. */
import assert from "node:assert/strict";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { subject } from "./subjects.ts";

for (const threads of [1, 2]) {
  Deno.test(`a proof that is stopped ends at once, and the next one holds, with ${threads} threads`, async () => {
    const { compiled, srs, witness, settingsText } = await subject("conv_relu");
    await using prover = await CircuitProver.create(compiled, srs, { threads });
    const vk = await prover.verifyingKey();
    for (const after of [0, 20, 100]) {
      const stop = new AbortController();
      const work = prover.prove(witness, { signal: stop.signal });
      const seen = assert.rejects(work, { message: "enough" });
      await new Promise((resolve) => setTimeout(resolve, after));
      const begun = performance.now();
      stop.abort(new Error("enough"));
      await seen;
      assert.ok(performance.now() - begun < 100);
    }
    const proof = await prover.prove(witness);
    assert.equal(await verify(proof, vk, settingsFromJson(settingsText), srs), true);
  });
}

Deno.test("a prover that is disposed of at work says so, and another one works", async () => {
  const { compiled, srs, witness, settingsText } = await subject("gemm");
  const prover = await CircuitProver.create(compiled, srs, { threads: 2 });
  const work = prover.prove(witness);
  const seen = assert.rejects(work, { name: "DeviceError", message: /disposed of/ });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await prover[Symbol.asyncDispose]();
  await seen;
  await assert.rejects(prover.prove(witness), { name: "DeviceError", message: /make a new one/ });
  await using next = await CircuitProver.create(compiled, srs, { threads: 2 });
  const proof = await next.prove(witness), vk = await next.verifyingKey();
  assert.equal(await verify(proof, vk, settingsFromJson(settingsText), srs), true);
});

Deno.test("proofs that are asked for together are made one after the other", async () => {
  const { compiled, srs, witness, settingsText } = await subject("gemm");
  await using prover = await CircuitProver.create(compiled, srs, { threads: 2 });
  const proofs = await Promise.all(Array.from({ length: 3 }, () => prover.prove(witness)));
  const vk = await prover.verifyingKey();
  for (const proof of proofs) assert.equal(await verify(proof, vk, settingsFromJson(settingsText), srs), true);
});
