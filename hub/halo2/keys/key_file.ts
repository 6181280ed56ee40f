/**
 * `key.vk` as EZKL writes it.
 * @module
 */
import { KEY_HEADER } from "../circuit/key_bytes.ts";
import type { VerifyingKey } from "../circuit/verifying_key.ts";
import { G1_BYTES, writeG1 } from "../curve/encoding.ts";

/** The version of the format. */
const FORMAT = 3;

/** The bytes of a verifying key. */
export function writeVerifyingKey({ logrows, fixed, permutation, selectors }: VerifyingKey): Uint8Array<ArrayBuffer> {
  const points = [...fixed, ...permutation];
  const bits = selectors ?? [];
  const size = KEY_HEADER + G1_BYTES * points.length + bits.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  bytes.set([FORMAT, logrows, selectors ? 1 : 0]);
  new DataView(bytes.buffer).setUint32(3, fixed.length, true);
  points.forEach((point, index) => point && writeG1(bytes, KEY_HEADER + G1_BYTES * index, point));
  let at = KEY_HEADER + G1_BYTES * points.length;
  for (const rows of bits) {
    bytes.set(rows, at);
    at += rows.length;
  }
  return bytes;
}
