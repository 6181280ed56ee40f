/**
 * A call to a verifier contract with one bit of its proof changed.
 * @module
 */

/** Bytes before the proof: which function, where its two arguments begin, and the proof's length. */
const SELECTOR = 4, WORD = 32, LENGTH_AT = SELECTOR + 2 * WORD, PROOF_AT = LENGTH_AT + WORD;

/**
 * A copy of the call data of `verifyProof(bytes,uint256[])` with any one bit of the proof changed, and which: its number
 * in the call data.
 */
export function withBitChanged(
  calldata: Uint8Array<ArrayBuffer>,
  random: () => number = Math.random,
): { readonly data: Uint8Array<ArrayBuffer>; readonly changed: number } {
  const data = calldata.slice(), length = new DataView(data.buffer).getUint32(LENGTH_AT + WORD - 4);
  const changed = 8 * PROOF_AT + Math.floor(random() * 8 * length);
  data[changed >> 3] ^= 128 >> (changed & 7);
  return { data, changed };
}
