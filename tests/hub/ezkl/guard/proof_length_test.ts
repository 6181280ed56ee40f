/** No proof that was lengthened is called valid. */
import assert from "node:assert/strict";
import { settingsToJson } from "../../../../hub/mod.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import { pool, subject } from "../proving/operators.ts";
import { provenOf } from "../proving/refusals.ts";

Deno.test("no proof of a MaxPool or of a table of three columns holds with more behind it", async () => {
  await using engine = new Engine({ threads: 1 });
  const sorted = subject(11, (w) => [[pool(w, "MaxPool", w.input(1, 1, 4, 4), [2, 2], [2, 2]), 4]]);
  const looked = subject(12, (w) => [[w.node("Sigmoid", [w.input(1, 4)]), 2]], {
    args: { lookupRange: [-256n, 256n], logrows: 8 },
  });
  for (const [name, model] of Object.entries({ sorted, looked })) {
    const { keys, settings, srs, proof } = await provenOf(engine, model);
    const ask = (bytes: number[]) =>
      verify(
        new TextEncoder().encode(JSON.stringify({ ...proof, proof: bytes, hex_proof: null })),
        keys.vk,
        settings,
        srs,
      );
    assert.equal(await ask(proof.proof), true, name);
    for (const more of [[0], new Array(32).fill(0), new Array(64).fill(1), proof.proof]) {
      const longer = [...proof.proof, ...more];
      const file = new TextEncoder().encode(JSON.stringify({ ...proof, proof: longer, hex_proof: null }));
      const settingsFile = new TextEncoder().encode(settingsToJson(settings));
      assert.equal(await engine.verify(file, keys.vk, settingsFile, srs), true, "the engine takes it");
      assert.equal(await ask(longer), false, `${name} and ${more.length} bytes`);
    }
  }
});
