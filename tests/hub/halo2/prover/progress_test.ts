/** How far a proof is: parts that grow, and work that is foreseen about as it turns out to be. */
import assert from "node:assert/strict";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { subject } from "./subjects.ts";

Deno.test("a proof tells how far it is, and ends with nothing left", async () => {
  for (const name of ["gemm_sigmoid", "four inner columns"]) {
    const { compiled, srs, witness } = await subject(name);
    await using prover = await CircuitProver.create(compiled, srs, { threads: 1 });
    for (let proof = 0; proof < 2; proof++) {
      const told: { done: number; secondsLeft: number }[] = [];
      await prover.prove(witness, { onProgress: (progress) => told.push(progress) });
      assert.deepEqual(told.at(-1), { done: 1, secondsLeft: 0 });
      assert.ok(told.length > 20);
      told.forEach(({ done, secondsLeft }, at) => {
        assert.ok(done > 0 && (at === 0 || done >= told[at - 1].done), name);
        assert.ok(secondsLeft >= 0 && Number.isFinite(secondsLeft));
      });
      // What is left at the end is the proof's verification: much of a small one.
      const middle = told[told.length >> 1].done, late = told.at(-2)!.done;
      assert.ok(middle > 0.15 && middle < 0.95 && late > 0.6, `${name}: ${middle} in the middle, ${late} at the end`);
    }
  }
});
