/** Proofs of our own, before every verifier: ours, the engine's, native EZKL's and a contract. */
import assert from "node:assert/strict";
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { encodeVerifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { readProof, verify } from "../../../../hub/ezkl/verify.ts";
import { EvmChain } from "../../../../hub/halo2/evm/chain.ts";
import { inFolder } from "../../../folder.ts";
import { MADE } from "../../ezkl/format/fixtures.ts";
import { nativeDone, nativeTest } from "../../ezkl/native.ts";
import { proven, SUBJECTS } from "./subjects.ts";

for (const name of SUBJECTS) {
  Deno.test(`${name}: our proof holds for our verifier and for the engine's`, async () => {
    const { srs, settings, settingsText, vk, proof } = await proven(name);
    assert.equal(await verify(proof, vk, settings, srs), true);
    await using engine = await Engine.create();
    assert.equal(await engine.verify(proof, vk, new TextEncoder().encode(settingsText), srs), true);
    if (MADE.includes(name)) {
      const folder = new URL(`../../ezkl/made/${name}/`, import.meta.url);
      assert.deepEqual(vk, Deno.readFileSync(new URL("vk.key", folder)));
      const theirs = Deno.readFileSync(new URL("proof.json", folder));
      assert.deepEqual(readProof(proof, settings), readProof(theirs, settings));
    }
  });
}

Deno.test("a proof of ours holds on Ethereum, and a changed one does not", async () => {
  const { srs, settings, vk, proof } = await proven("gemm_sigmoid", 2);
  const chain = await EvmChain.create("cancun");
  const { verifier } = createEvmVerifier(vk, settings, srs);
  const { address } = await chain.deploy(verifier);
  const calldata = await encodeVerifierCalldata(proof);
  assert.equal((await chain.call(address, calldata)).holds, true);
  calldata[200] ^= 1;
  assert.equal((await chain.call(address, calldata)).holds, false);
});

Deno.test("a changed proof of ours holds nowhere", async () => {
  const { srs, settings, settingsText, vk, proof } = await proven("gemm");
  await using engine = await Engine.create();
  const file = JSON.parse(new TextDecoder().decode(proof)) as {
    proof: number[];
    instances: string[][];
    hex_proof: null;
  };
  file.hex_proof = null;
  const told = new TextEncoder().encode(settingsText);
  for (const at of [31, 700, 2000, file.proof.length - 1]) {
    const changed = structuredClone(file);
    changed.proof[at] ^= 1;
    const bytes = new TextEncoder().encode(JSON.stringify(changed));
    assert.equal(await verify(bytes, vk, settings, srs), false);
    assert.equal(await engine.verify(bytes, vk, told, srs), false);
  }
  const other = structuredClone(file);
  other.instances[0][0] = "07".padEnd(64, "0");
  assert.equal(await verify(new TextEncoder().encode(JSON.stringify(other)), vk, settings, srs), false);
});

nativeTest("proofs of ours hold for it", () =>
  inFolder(async (folder) => {
    for (const name of ["conv_relu", "shuffles", "two tables of three columns, public inputs"]) {
      const { srs, settingsText, vk, proof } = await proven(name);
      const file = (name: string) => `${folder}/${name}`;
      await Deno.writeTextFile(file("settings.json"), settingsText);
      await Promise.all([["vk.key", vk], ["kzg.srs", srs], ["proof.json", proof]].map(([name, bytes]) => {
        return Deno.writeFile(file(name as string), bytes as Uint8Array);
      }));
      const report = await nativeDone("verify", {
        proof_path: file("proof.json"),
        settings_path: file("settings.json"),
        vk_path: file("vk.key"),
        srs_path: file("kzg.srs"),
      });
      assert.equal(report.result, true, name);
    }
  }));
