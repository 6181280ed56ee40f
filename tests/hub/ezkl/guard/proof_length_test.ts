/** Proofs have one length, and no proof that was lengthened is called valid. */
import assert from "node:assert/strict";
import { type GraphSettings, settingsFromJson, settingsToJson } from "../../../../hub/mod.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { proofBytes } from "../../../../hub/ezkl/guard/proof.ts";
import { verify } from "../../../../hub/ezkl/verify.ts";
import lengths from "../made/proof_lengths.json" with { type: "json" };
import { pool, subject } from "../proving/operators.ts";
import { provenOf } from "../proving/refusals.ts";

/** A key's first bytes, which tell the number of its fixed columns. */
function keyHead(settings: GraphSettings, fixedColumns: number): Uint8Array {
  const head = new Uint8Array(7);
  head.set([3, settings.runArgs.logrows, 1]);
  new DataView(head.buffer).setUint32(3, fixedColumns, true);
  return head;
}

Deno.test("the settings give the length of the proofs that native EZKL makes, with sorts and wide tables too", () => {
  for (const [name, { settings, fixedColumns, proofBytes: length }] of Object.entries(lengths)) {
    const own = settingsFromJson(JSON.stringify(settings));
    assert.equal(proofBytes(own, keyHead(own, fixedColumns)), length, name);
  }
});

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
        {
          engine,
        },
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
