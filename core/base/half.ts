/**
 * Floating-point numbers of 16 bits, as numbers of 32 bits, which hold every one of them.
 * @module
 */

/** IEEE 754's binary16: 5 bits of exponent, 10 of fraction. */
export function fromFloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const result = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = bits[i] >> 15 === 0 ? 1 : -1;
    const exponent = bits[i] >> 10 & 31;
    const fraction = (bits[i] & 1023) / 1024;
    if (exponent === 31) result[i] = fraction === 0 ? sign * Infinity : NaN;
    else result[i] = sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
  }
  return result;
}

/** bfloat16: the upper half of a 32-bit float. */
export function fromBfloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const words = Uint32Array.from(bits, (half) => half << 16);
  return new Float32Array(words.buffer);
}
