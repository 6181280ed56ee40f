/**
 * The fingerprint of a data set: tells whether its numbers were written to since.
 * @module
 */
import type { Dataset } from "./dataset.ts";

/** FNV's prime (Fowler, Noll and Vo; RFC 9923). */
const PRIME = 0x01000193;

/** An array of more bytes is read in blocks with gaps between them: all of it would cost a fast GPU part of its epoch. */
const WHOLE = 4 << 20;

/** Words in such a block. */
const BLOCK = 1024;

/**
 * 32 bits that differ where a data set's numbers do: always where one of them does, but for
 * a chance in four thousand millions where many do. Of an array of more than 4 MiB it sees
 * 4 KiB in every so many: a change of the whole, but hardly one of a single number.
 */
export function fingerprint({ inputs, targets }: Dataset): number {
  const arrays = [inputs.data, targets.data, ...inputs.table ? [inputs.table] : []];
  return arrays.reduce((hash, array) => mixArray(hash, array), 0x811c9dc5 | 0);
}

function mixArray(start: number, { buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBufferLike>): number {
  const aligned = byteOffset % 4 === 0;
  const from = aligned ? byteOffset : 0;
  const source = aligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  const words = new Int32Array(source, from, byteLength >> 2);
  let hash = mix(start, byteLength);
  if (byteLength <= WHOLE) hash = mixWords(hash, words, 0, words.length);
  else {
    const stride = Math.floor(words.length / (WHOLE / 4 / BLOCK));
    for (let at = 0; at + BLOCK <= words.length; at += stride) hash = mixWords(hash, words, at, at + BLOCK);
  }
  for (const byte of new Uint8Array(source, from + words.byteLength, byteLength & 3)) hash = mix(hash, byte);
  return hash;
}

/** Four streams side by side, because each multiplication waits for the one before. */
function mixWords(start: number, words: Int32Array, from: number, to: number): number {
  let [a, b, c, d] = [start, 1, 2, 3];
  const whole = to - (to - from) % 4;
  for (let k = from; k < whole; k += 4) {
    a = mix(a, words[k]);
    b = mix(b, words[k + 1]);
    c = mix(c, words[k + 2]);
    d = mix(d, words[k + 3]);
  }
  for (let k = whole; k < to; k++) a = mix(a, words[k]);
  return mix(mix(mix(mix(a, to), b), c), d);
}

/** One step of the hash; the shift carries the highest bits down, or two signs that change would cancel out. */
function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, PRIME);
  return product ^ product >>> 15;
}
