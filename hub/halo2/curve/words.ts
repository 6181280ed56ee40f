/**
 * Numbers as 32 bytes, big endian, as a proof and an Ethereum contract hold them.
 * @module
 */

/** Bytes of a word. */
export const WORD = 32;

/** The number in the word at a place. */
export function numberOf(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let value = 0n;
  for (let part = 0; part < WORD; part += 8) value = value << 64n | view.getBigUint64(at + part);
  return value;
}

/** The word of a number from 0 to 2^256 - 1. */
export function wordOf(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WORD);
  const view = new DataView(bytes.buffer);
  for (let part = WORD - 8; part >= 0; part -= 8, value >>= 64n) view.setBigUint64(part, BigInt.asUintN(64, value));
  return bytes;
}
