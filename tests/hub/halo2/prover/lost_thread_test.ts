/** A thread of the prover that ends from outside, and the text that threads run. */
import assert from "node:assert/strict";
import { made, working } from "../../../core/run/cpu/workers.ts";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { WORKER_TEXT } from "../../../../hub/halo2/prover/worker_text.ts";
import { PROGRAMS, workerText } from "./bundle_worker.ts";
import { subject } from "./subjects.ts";

Deno.test("a thread that is terminated in the middle of a proof ends it in a DeviceError, and the next one holds", async () => {
  const { compiled, srs, witness, settingsText } = await subject("gemm");
  await using prover = await CircuitProver.create(compiled, srs, { threads: 2 });
  const vk = await prover.verifyingKey();
  for (const which of [0, 1]) {
    working.clear();
    const work = prover.prove(witness);
    const seen = assert.rejects(work, {
      name: "DeviceError",
      message: /^a thread of the prover has ended, .* prove again, with new threads$/,
    });
    while (working.size < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    [...working][which].terminate();
    await seen;
    const proof = await prover.prove(witness);
    assert.equal(await verify(proof, vk, settingsFromJson(settingsText), srs), true);
  }
  // And between two proofs.
  made.at(-1)!.terminate();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok((await prover.prove(witness)).length > 0);
});

Deno.test("a thread that is terminated before it is there is not waited for for ever", async () => {
  const { compiled, srs, witness, settingsText } = await subject("gemm");
  const { setTimeout: real } = globalThis;
  // A second for the half minute that a thread has.
  globalThis.setTimeout =
    ((body: () => void, time = 0) => real(body, time >= 10_000 ? time / 30 : time)) as typeof setTimeout;
  try {
    const before = made.length, making = CircuitProver.create(compiled, srs, { threads: 2 });
    while (made.length < before + 2) await null;
    made.at(-1)!.terminate();
    await using prover = await making;
    assert.equal(prover.threads, 1);
    const proof = await prover.prove(witness), vk = await prover.verifyingKey();
    assert.equal(await verify(proof, vk, settingsFromJson(settingsText), srs), true);
  } finally {
    globalThis.setTimeout = real;
  }
});

Deno.test("the text of the prover's threads is that of its sources", async () => {
  assert.equal(WORKER_TEXT, await workerText(PROGRAMS.prover), "run bundle_worker.ts");
});
