/**
 * The arrays that a tensor's numbers lie in.
 * @module
 */

/** An array of numbers of any type that a file of tensors knows. */
export type TensorArray<Memory extends ArrayBufferLike = ArrayBuffer> =
  | Float32Array<Memory>
  | Float64Array<Memory>
  | Int8Array<Memory>
  | Int16Array<Memory>
  | Int32Array<Memory>
  | BigInt64Array<Memory>
  | Uint8Array<Memory>
  | Uint16Array<Memory>
  | Uint32Array<Memory>
  | BigUint64Array<Memory>;
