/**
 * A proof as call data of a verifier contract: EZKL's `encode-evm-calldata`.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { proofFromJson } from "./format/proof.ts";
import { checkToolOptions, type ToolOptions, withEngine } from "./tool.ts";

/** Bytes of a word of the call data. */
const WORD = 32;

/** How {@linkcode encodeVerifierCalldata} works. */
export interface CalldataOptions extends ToolOptions {
  /** The 20 bytes of the contract that keeps the key, where the verifier has it in a contract of its own. */
  vkAddress?: Uint8Array;
}

/**
 * The call data with which an EVM verifier contract is asked about a proof. Says nothing
 * about whether the proof holds.
 * @throws {FormatError} for a damaged proof, one that is not of whole words, and one whose `hex_proof` is another proof
 * @throws {ArgumentError} for an address of another length
 */
export async function encodeVerifierCalldata(
  proof: Uint8Array,
  asked: CalldataOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkToolOptions("encodeVerifierCalldata()", asked, ["vkAddress"]);
  const { vkAddress, ...options } = asked;
  const { length } = proofFromJson(new TextDecoder().decode(proof)).proof;
  if (length % WORD !== 0) {
    throw new FormatError(
      `encodeVerifierCalldata(): the proof has ${length} bytes, expected whole words of ${WORD}; it is cut or goes on ` +
        "after its end, so ask for it again",
    );
  }
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
