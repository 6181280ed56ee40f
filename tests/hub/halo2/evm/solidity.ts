/** Compiles a verifier's Solidity text with a compiler and its settings, and asks what comes of it. */
import assert from "node:assert/strict";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { encodeVerifierCalldata } from "../../../../hub/ezkl/encode_verifier_calldata.ts";
import { EvmChain } from "../../../../hub/halo2/evm/chain.ts";
import type { EvmContract, verifyAbi } from "../../../../hub/halo2/evm/contract.ts";
import { circuit } from "../circuits.ts";
import { compiled, type CompiledContract, type Compiler } from "./compile.ts";

/** How a compiler is told to compile. */
export interface Way {
  viaIR: boolean;
  /** For how many runs it optimises; 0 for not at all. */
  runs: number;
}

/** Every way that matters: with and without the intermediate representation, for size and for speed. */
export const WAYS: readonly Way[] = [false, true].flatMap((viaIR) =>
  [0, 1, 200, 1_000_000].map((runs) => ({ viaIR, runs }))
);

/** Compiles both forms of a circuit's contracts; the proof holds, and another one does not. */
export async function holdsAsSolidity(compiler: Compiler, name: string, { viaIR, runs }: Way): Promise<void> {
  const { vk, settings, srs, proof } = circuit(name);
  const chain = await EvmChain.create();
  const compile = (source: string) =>
    compiled(compiler, "Solidity", source, { viaIR, optimizer: { enabled: runs > 0, runs: runs || 200 } });
  const deploy = async ({ evm }: CompiledContract, ...words: Uint8Array[]) => {
    const bytecode = new Uint8Array([
      ...Uint8Array.fromHex(evm.bytecode.object),
      ...words.flatMap((word) => [...word]),
    ]);
    return (await chain.deploy({ bytecode } as EvmContract)).address;
  };
  const ask = async (address: Uint8Array, vkAddress?: Uint8Array) => {
    const data = await encodeVerifierCalldata(proof, vkAddress ? { vkAddress } : {});
    assert.ok((await chain.call(address, data)).holds);
    for (const at of [150, data.length - 1]) {
      assert.equal((await chain.call(address, data.with(at, data[at] ^ 1))).holds, false);
    }
    assert.equal((await chain.call(address, new Uint8Array([...data, 0]))).holds, false);
  };

  const whole = createEvmVerifier(vk, settings, srs), one = compile(whole.solidity);
  assert.deepEqual(Object.keys(one), ["Halo2Verifier"]);
  const [{ inputs, outputs, stateMutability }] = one.Halo2Verifier.abi as ReturnType<typeof verifyAbi>;
  const types = (list: readonly { type: string }[]) => list.map(({ type }) => type);
  const [told] = whole.verifier.abi;
  assert.deepEqual([types(inputs), types(outputs), stateMutability], [types(told.inputs), types(told.outputs), "view"]);
  await ask(await deploy(one.Halo2Verifier));

  const reusable = createEvmVerifier(vk, settings, srs, { reusable: true }), three = compile(reusable.solidity);
  const verifier = await deploy(three.Halo2VerifierReusable);
  const key = await deploy(three.Halo2VerifyingKey);
  assert.deepEqual(await chain.code(key), reusable.key.runtime);
  const padded = (address: Uint8Array) => new Uint8Array([...new Uint8Array(12), ...address]);
  await ask(verifier, key);
  await ask(await deploy(three.Halo2Verifier, padded(verifier), padded(key)));
  await assert.rejects(deploy(three.Halo2Verifier, padded(verifier), padded(verifier)), /not deployed/);
}
