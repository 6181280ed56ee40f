/** Call data beside those that EZKL's engine writes. */
import assert from "node:assert/strict";
import { encodeVerifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { circuit, CIRCUITS } from "../circuits.ts";

Deno.test("encodeVerifierCalldata() writes every circuit's call as the engine does", async () => {
  await using engine = new Engine({ threads: 1 });
  const vkAddress = Uint8Array.from({ length: 20 }, (_, index) => 255 - index);
  for (const name of CIRCUITS) {
    const { proof } = circuit(name);
    assert.deepEqual(await encodeVerifierCalldata(proof), await engine.encodeVerifierCalldata(proof), name);
    const apart = await engine.encodeVerifierCalldata(proof, vkAddress);
    assert.deepEqual(await encodeVerifierCalldata(proof, { vkAddress }), apart, name);
  }
});
