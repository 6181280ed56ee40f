/** A circuit's contracts on an Ethereum in this process, and what is asked of them. */
import { unsignedOf } from "../../../../hub/ezkl/format/field.ts";
import { proofFromJson } from "../../../../hub/ezkl/format/proof.ts";
import { createEvmVerifier } from "../../../../hub/ezkl/create_evm_verifier.ts";
import { EvmChain, type EvmHardfork } from "../../../../hub/halo2/evm/chain.ts";
import { constraintSystem } from "../../../../hub/halo2/circuit/constraint_system.ts";
import { readVerifyingKey } from "../../../../hub/halo2/circuit/verifying_key.ts";
import { proofBytes, type ProofShape, proofShape } from "../../../../hub/halo2/verify/proof_shape.ts";
import { circuit } from "../circuits.ts";
import type { Parts } from "./calldata_changes.ts";

/** Contracts of a circuit. */
export interface Subject {
  chain: EvmChain;
  /** Addresses of the contract of one circuit, the reusable one, its data, the one before both. */
  at: Record<"whole" | "reusable" | "key" | "pinned", Uint8Array>;
  /** The proof that holds. */
  parts: Parts;
  /** The numbers of the proof's words where points begin. */
  points: number[];
  shape: ProofShape;
}

/** Deploys all of a circuit's contracts. */
export async function deployed(name: string, hardfork: EvmHardfork = "cancun"): Promise<Subject> {
  const { vk, settings, srs, proof } = circuit(name);
  const chain = await EvmChain.create(hardfork);
  const one = createEvmVerifier(vk, settings, srs);
  const two = createEvmVerifier(vk, settings, srs, { reusable: true });
  const [whole, reusable, key] = [
    await chain.deploy(one.verifier),
    await chain.deploy(two.verifier),
    await chain.deploy(two.key),
  ].map(({ address }) => address);
  const pinned = (await chain.deploy(two.pinned(reusable, key))).address;
  const shape = proofShape(constraintSystem("test", settings, readVerifyingKey("test", vk, settings)));
  const words = proofBytes(shape) / 32;
  const committed = shape.advice + 2 * shape.lookups + shape.products + 1 + shape.pieces;
  const { proof: bytes, instances } = proofFromJson(new TextDecoder().decode(proof));
  return {
    chain,
    at: { whole, reusable, key, pinned },
    parts: { proof: bytes, instances: instances.flat().map(unsignedOf) },
    points: [...Array.from({ length: committed }, (_, index) => 2 * index), words - 4, words - 2],
    shape,
  };
}
