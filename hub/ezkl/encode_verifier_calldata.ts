/**
 * A proof as call data of a verifier contract: EZKL's `encode-evm-calldata`.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { proofFromJson } from "./format/proof.ts";
import { type ToolOptions, withEngine } from "./tool.ts";

/** How {@linkcode encodeVerifierCalldata} works. */
export interface CalldataOptions extends ToolOptions {
  /** The 20 bytes of the contract that keeps the key, where the verifier has it in a contract of its own. */
  vkAddress?: Uint8Array;
}

/**
 * The call data with which an EVM verifier contract is asked about a proof. Says nothing
 * about whether the proof holds.
 * @throws {FormatError} for a damaged proof, and one whose `hex_proof` is another proof
 * @throws {ArgumentError} for an address of another length
 */
export async function encodeVerifierCalldata(
  proof: Uint8Array,
  { vkAddress, ...options }: CalldataOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  proofFromJson(new TextDecoder().decode(proof));
  if (vkAddress !== undefined && vkAddress.length !== 20) {
    throw new ArgumentError(
      `encodeVerifierCalldata(): vkAddress has ${vkAddress.length} bytes, expected the 20 of a contract's address`,
    );
  }
  return await withEngine(
    "encodeVerifierCalldata",
    options,
    null,
    (engine, call) => engine.encodeVerifierCalldata(proof, vkAddress, call),
  );
}
