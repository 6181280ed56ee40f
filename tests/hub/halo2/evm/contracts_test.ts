/** Every circuit's proof on an Ethereum in this process, by every form of contract. */
import assert from "node:assert/strict";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { encodeVerifierCalldata, verifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { runEvmVerifier } from "../../../../hub/ezkl/run_evm_verifier.ts";
import { EvmChain } from "../../../../hub/halo2/evm/chain.ts";
import { circuitData } from "../../../../hub/halo2/evm/circuit_data.ts";
import { codeWith, contractOf, verifyAbi } from "../../../../hub/halo2/evm/contract.ts";
import { verifyGas } from "../../../../hub/halo2/evm/verify_gas.ts";
import { PUBLISHED_SECRET } from "../../ezkl/srs/fixtures.ts";
import { circuit, CIRCUITS } from "../circuits.ts";
import { forge } from "./forge.ts";
import { lenetSize } from "./unproven.ts";

for (const name of CIRCUITS) {
  Deno.test(`${name}: its proof holds on Ethereum, by one contract and by a reusable one`, async () => {
    const { vk, settings, srs, proof, words } = circuit(name);
    const whole = createEvmVerifier(vk, settings, srs);
    const reusable = createEvmVerifier(vk, settings, srs, { reusable: true });
    for (const hardfork of ["cancun", "osaka"] as const) {
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
      // What is told counts numbers that fill their words, and a precompile that is dearer since Osaka.
      const shown = plain.subarray(4 + 4 * 32 + words.length);
      const less = 12 * shown.reduce((sum, byte) => sum + Number(byte === 0), 0) - (hardfork === "osaka" ? 2_700 : 0);
      for (
        const [form, address, data, told] of [
          ["whole", one.address, plain, whole.verifyGas],
          ["reusable", verifier.address, named, null],
          ["pinned", pinned.address, plain, reusable.verifyGas],
        ] as const
      ) {
        const { holds, gas } = await chain.call(address, data);
        assert.ok(holds, `${form} on ${hardfork}`);
        const off = told === null ? 0 : Math.abs(gas - (told - less)) / gas;
        assert.ok(off < 0.01, `${form} on ${hardfork}: ${gas} gas, told ${told}`);
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

Deno.test("a LeNet's contract has less than 14,000 bytes and verifies for less than 1.6 million gas", async () => {
  const circuit = lenetSize(), shown = Array.from({ length: circuit.instances }, (_, index) => BigInt(index) * 1000n);
  const { bytes, work } = circuitData(circuit);
  const contract = contractOf("it", codeWith("whole", bytes), verifyAbi(false), "");
  assert.ok(contract.runtime.length < 14_000, `${contract.runtime.length} bytes`);
  const chain = await EvmChain.create("cancun"), { address } = await chain.deploy(contract);
  const proof = forge(circuit, PUBLISHED_SECRET, shown);
  assert.equal(proof.length, 13_824);
  const { holds, gas } = await chain.call(address, verifierCalldata(proof, shown));
  assert.ok(holds && gas < 1_600_000, `${gas} gas`);
  assert.ok(Math.abs(gas - verifyGas(work, bytes, "whole")) < 0.01 * gas);
});
