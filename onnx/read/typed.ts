/**
 * Typed arrays by ONNX's element types, with the rounding and wrapping of each.
 * @module
 */
import type { DataTypeName } from "../enums.ts";
import { type Element, rounded } from "./arithmetic.ts";
import type { TensorData } from "../tensor.ts";

/** How the elements of a type are kept. */
interface Kept {
  /** The array that holds them. */
  readonly array: new (length: number) => TensorData;
  /** Bits of an integer; 0 for floats. */
  readonly bits: number;
  /** Whether integers may be negative. */
  readonly signed: boolean;
}

const integer = (array: Kept["array"], bits: number, signed: boolean): Kept => ({ array, bits, signed });
const KEPT: Readonly<Partial<Record<DataTypeName, Kept>>> = {
  FLOAT: integer(Float32Array, 0, true),
  FLOAT16: integer(Float32Array, 0, true),
  BFLOAT16: integer(Float32Array, 0, true),
  DOUBLE: integer(Float64Array, 0, true),
  INT8: integer(Int8Array, 8, true),
  INT16: integer(Int16Array, 16, true),
  INT32: integer(Int32Array, 32, true),
  INT64: integer(BigInt64Array, 64, true),
  UINT8: integer(Uint8Array, 8, false),
  BOOL: integer(Uint8Array, 1, false),
  UINT16: integer(Uint16Array, 16, false),
  UINT32: integer(Uint32Array, 32, false),
  UINT64: integer(BigUint64Array, 64, false),
};

/** Whether elements of the type can be computed with here. */
export function isNumeric(type: DataTypeName | null): type is DataTypeName {
  return type !== null && KEPT[type] !== undefined;
}

/** Whether the type is one of floats. */
export function isFloat(type: DataTypeName | null): boolean {
  return type !== null && KEPT[type]?.bits === 0;
}

/** Room for elements, all 0. */
export function emptyData(type: DataTypeName, length: number): TensorData {
  return new KEPT[type]!.array(length);
}

/** The elements of an array one by one, as {@linkcode Element}s of their type. */
export function readerOf(type: DataTypeName, data: TensorData): (index: number) => Element {
  if (isFloat(type)) return (index) => data[index];
  return (index) => BigInt(data[index]);
}

/** Puts elements into an array of their type: floats rounded, integers wrapped, truths 0 or 1. */
export function writerOf(type: DataTypeName, data: TensorData): (index: number, value: Element) => void {
  const { bits, signed } = KEPT[type]!;
  const place = data as unknown as Element[];
  if (type === "FLOAT16") return (index, value) => place[index] = rounded(Number(value), 10, -14);
  if (type === "BFLOAT16") return (index, value) => place[index] = rounded(Number(value), 7, -126);
  if (bits === 0) return (index, value) => place[index] = Number(value);
  if (bits === 1) return (index, value) => place[index] = Number(BigInt(value) !== 0n);
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  if (bits === 64) return (index, value) => place[index] = wrap(64, BigInt(value));
  return (index, value) => place[index] = Number(wrap(bits, BigInt(value)));
}
