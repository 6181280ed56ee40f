/** Two hundred proofs in a row: every one holds, and memory stays as it is: minutes. */
import assert from "node:assert/strict";
import { settingsFromJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { subject } from "./subjects.ts";
import { xorSubject } from "./xor.ts";

for (const [name, make] of [["gemm", () => subject("gemm")], ["XOR", () => xorSubject()]] as const) {
  Deno.test(`two hundred proofs of ${name} in a row hold, and take no more memory than ten`, async () => {
    const { compiled, srs, witness, settingsText } = await make();
    await using prover = await CircuitProver.create(compiled, srs);
    const vk = await prover.verifyingKey(), settings = settingsFromJson(settingsText);
    let early = 0;
    for (let made = 1; made <= 200; made++) {
      assert.equal(await verify(await prover.prove(witness), vk, settings, srs), true, `proof ${made}`);
      if (made === 10) early = Deno.memoryUsage().rss;
    }
    const late = Deno.memoryUsage().rss;
    assert.ok(late < early + 100e6, `${late} bytes after 200 proofs, ${early} after ten`);
  });
}
