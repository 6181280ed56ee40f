/** Every circuit's proof on an Ethereum in this process, by every form of contract. */
import assert from "node:assert/strict";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { encodeVerifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { runEvmVerifier } from "../../../../hub/ezkl/run_evm_verifier.ts";
import { EvmChain, HARDFORKS } from "../../../../hub/halo2/evm/chain.ts";
import { circuit, CIRCUITS } from "../circuits.ts";

for (const name of CIRCUITS) {
  Deno.test(`${name}: its proof holds on Ethereum, by one contract and by a reusable one`, async () => {
    const { vk, settings, srs, proof } = circuit(name);
    const whole = createEvmVerifier(vk, settings, srs);
    const reusable = createEvmVerifier(vk, settings, srs, { reusable: true });
    for (const hardfork of HARDFORKS) {
      const chain = await EvmChain.create(hardfork);
      const [one, verifier, key] = [
        await chain.deploy(whole.verifier),
        await chain.deploy(reusable.verifier),
        await chain.deploy(reusable.key),
      ];
      const made = reusable.pinned(verifier.address, key.address);
      const pinned = await chain.deploy(made);
      // What is told of a contract before it is deployed is what it costs.
      const told = [whole.verifier, reusable.verifier, reusable.key, made].map(({ deployGas }) => deployGas);
      assert.deepEqual([one.gas, verifier.gas, key.gas, pinned.gas], told, hardfork);

      const plain = await encodeVerifierCalldata(proof);
      const named = await encodeVerifierCalldata(proof, { vkAddress: key.address });
      for (
        const [form, address, data, estimate] of [
          ["whole", one.address, plain, whole.verifyGas],
          ["reusable", verifier.address, named, reusable.verifyGas],
          ["pinned", pinned.address, plain, reusable.verifyGas],
        ] as const
      ) {
        const { holds, gas } = await chain.call(address, data);
        assert.ok(holds, `${form} on ${hardfork}`);
        const off = Math.abs(gas - estimate) / gas;
        assert.ok(off < 0.02, `${form} on ${hardfork}: ${gas} gas, told ${estimate}`);
      }
    }
  });
}

Deno.test("a verifier is the same for every circuit", () => {
  const codes = ["gemm", "sig_T9", "hashed"].map((name) => {
    const { vk, settings, srs } = circuit(name);
    return createEvmVerifier(vk, settings, srs, { reusable: true }).verifier.runtime.toHex();
  });
  assert.equal(new Set(codes).size, 1);
});

Deno.test("runEvmVerifier() says what a contract answers and costs", async () => {
  const { vk, settings, srs, proof } = circuit("gemm");
  const whole = createEvmVerifier(vk, settings, srs);
  const run = await runEvmVerifier(whole, proof, { hardfork: "cancun" });
  assert.deepEqual(run.deployGas, [whole.verifier.deployGas]);
  assert.ok(run.holds && run.verifyGas < 520_000, `${run.verifyGas} gas`);
  const reusable = await runEvmVerifier(createEvmVerifier(vk, settings, srs, { reusable: true }), proof);
  assert.ok(reusable.holds && reusable.deployGas.length === 3);
  const other = new TextEncoder().encode(
    JSON.stringify({ ...JSON.parse(new TextDecoder().decode(proof)), instances: [["00".repeat(32)]] }),
  );
  assert.equal((await runEvmVerifier(whole, other)).holds, false);
  await assert.rejects(runEvmVerifier(whole, proof, { hardFork: "cancun" } as object), /did you mean hardfork/);
  await assert.rejects(runEvmVerifier(whole, proof, { hardfork: "paris" } as object), /there is no "paris"/);
});
