/**
 * The element types of safetensors files, and how their bytes become arrays.
 * @module
 */
import { fromBfloat16, fromFloat16 } from "../base/half.ts";
import type { TensorArray } from "../base/tensor_array.ts";

/** How an element type is read. */
interface TensorType {
  /** Bits of an element. */
  readonly bits: number;
  /** The array that its bytes are, as they lie; absent: the bytes themselves. */
  // deno-lint-ignore no-explicit-any
  readonly array?: new (buffer: any, offset: number, length: number) => TensorArray;
  /** Widens the array's elements to 32-bit floats, exactly. */
  readonly widen?: (bits: Uint16Array) => Float32Array<ArrayBuffer>;
}

/** Every type of safetensors 0.8. */
export const TENSOR_TYPES: Readonly<Record<string, TensorType>> = {
  F32: { bits: 32, array: Float32Array },
  F64: { bits: 64, array: Float64Array },
  F16: { bits: 16, array: Uint16Array, widen: fromFloat16 },
  BF16: { bits: 16, array: Uint16Array, widen: fromBfloat16 },
  I8: { bits: 8, array: Int8Array },
  I16: { bits: 16, array: Int16Array },
  I32: { bits: 32, array: Int32Array },
  I64: { bits: 64, array: BigInt64Array },
  U8: { bits: 8, array: Uint8Array },
  U16: { bits: 16, array: Uint16Array },
  U32: { bits: 32, array: Uint32Array },
  U64: { bits: 64, array: BigUint64Array },
  BOOL: { bits: 8 },
  C64: { bits: 64 },
  F8_E4M3: { bits: 8 },
  F8_E5M2: { bits: 8 },
  F8_E8M0: { bits: 8 },
  F8_E4M3FNUZ: { bits: 8 },
  F8_E5M2FNUZ: { bits: 8 },
  F6_E2M3: { bits: 6 },
  F6_E3M2: { bits: 6 },
  F4: { bits: 4 },
};

/** The elements of a tensor: a view into `bytes` where those are aligned, else a copy. */
export function readElements(dtype: string, bytes: Uint8Array): TensorArray {
  const { bits, array: Elements = Uint8Array, widen } = TENSOR_TYPES[dtype];
  const size = Elements === Uint8Array ? 1 : bits / 8;
  const viewable = bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % size === 0;
  const { buffer, byteOffset, byteLength } = viewable ? bytes : bytes.slice();
  const elements: TensorArray = new Elements(buffer, byteOffset, byteLength / size);
  return widen === undefined ? elements : widen(elements as Uint16Array);
}

/** The type that an array is written as: its own, or `given` where it is the raw bytes of that. */
export function typeOf(data: unknown, given?: string): string | undefined {
  if (data instanceof Uint8Array && given !== undefined && TENSOR_TYPES[given]?.array === undefined) return given;
  return Object.entries(TENSOR_TYPES).find(([, { array, widen }]) => array && !widen && data instanceof array)?.[0];
}

/** Whether the array says by itself what the file's type is. */
export function isPlain(dtype: string): boolean {
  const { array, widen } = TENSOR_TYPES[dtype];
  return array !== undefined && widen === undefined;
}
