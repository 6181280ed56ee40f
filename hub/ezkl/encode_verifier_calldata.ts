/**
 * A proof as call data of a verifier contract: EZKL's `encode-evm-calldata`.
 * @module
 */
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { checkOptions } from "../../core/base/known.ts";
import { WORD, wordOf } from "../halo2/curve/words.ts";
import { bytesToHex } from "./format/hex.ts";
import { SELECTOR, SELECTOR_WITH_KEY } from "../halo2/evm/selectors.ts";
import { unsignedOf } from "./format/field.ts";
import { proofFromJson } from "./format/proof.ts";
import { checkFiles } from "./format/given.ts";

/** How {@linkcode encodeVerifierCalldata} works. */
export interface CalldataOptions {
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
  options: CalldataOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("encodeVerifierCalldata()", options, ["vkAddress"]);
  checkFiles("encodeVerifierCalldata()", { proof });
  const { vkAddress } = options;
  const { proof: bytes, instances } = proofFromJson(new TextDecoder().decode(proof), "the proof");
  if (bytes.length % WORD !== 0) {
    throw new FormatError(
      `encodeVerifierCalldata(): the proof has ${bytes.length} bytes, expected whole words of ${WORD}; it is cut or ` +
        "goes on after its end, so ask for it again",
    );
  }
  if (vkAddress !== undefined && vkAddress.length !== 20) {
    throw new ArgumentError(
      `encodeVerifierCalldata(): vkAddress has ${vkAddress.length} bytes, expected the 20 of a contract's address`,
    );
  }
  return await Promise.resolve(verifierCalldata(bytes, instances.flat().map(unsignedOf), vkAddress));
}

/** The call data for a proof's bytes, whole words, and instances from 0 to r - 1. */
export function verifierCalldata(
  proof: Uint8Array,
  instances: readonly bigint[],
  vkAddress?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  // The arguments by themselves, or where they begin, then those that begin there with their lengths.
  const head = vkAddress ? [BigInt(`0x${bytesToHex(vkAddress)}`)] : [];
  const start = WORD * (head.length + 2);
  head.push(BigInt(start), BigInt(start + WORD + proof.length), BigInt(proof.length));
  const parts = [
    selectorBytes(vkAddress ? SELECTOR_WITH_KEY : SELECTOR),
    ...head.map(wordOf),
    proof,
    ...[BigInt(instances.length), ...instances].map(wordOf),
  ];
  const data = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}

/** The four bytes by which a contract knows its functions. */
function selectorBytes(selector: number): Uint8Array {
  return Uint8Array.of(selector >> 24, selector >> 16, selector >> 8, selector);
}
