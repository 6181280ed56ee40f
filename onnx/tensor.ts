/**
 * Tensors between their ONNX message and typed arrays.
 *
 * Data come as `raw_data` (little-endian) or in the typed field of their element
 * type; which types share which field is written in onnx/onnx.proto.
 * @module
 */
import { ArgumentError, FormatError } from "../core/base/errors.ts";
import { fromBfloat16, fromFloat16 } from "../core/base/half.ts";
import { type Shape, showShape, sizeOf } from "../core/base/shape.ts";
import type { TensorArray } from "../core/base/tensor_array.ts";
import { DataType, type DataTypeName, dataTypeName } from "./enums.ts";
import { isExternal, missingData } from "./location.ts";
import type { Int64, TensorProto } from "./proto.ts";
import { quote } from "./quote.ts";

/** The elements of a tensor. */
export type TensorData = TensorArray;

/** A tensor in memory. */
export interface Tensor {
  /** Sizes of its dimensions, outermost first; zero is possible. */
  readonly shape: Shape;
  /** The element type in the file. */
  readonly dataType: DataTypeName;
  /** Its elements, row-major, in memory of their own. */
  readonly data: TensorData;
}

/** A tensor of 32-bit floats in memory. */
export interface FloatTensor {
  /** Sizes of its dimensions, outermost first. */
  readonly shape: Shape;
  /** Its elements, row-major, in memory of their own. */
  readonly data: Float32Array<ArrayBuffer>;
}

type TypedField = "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";

interface Storage {
  /** The typed field. */
  readonly field: TypedField;
  /** Bytes of an element in `raw_data`. */
  readonly bytes: number;
  /** What reads `raw_data`, and holds the result except for the 16-bit floats. */
  readonly array: new (source: ArrayBuffer) => TensorData;
}

const STORAGE: Readonly<Partial<Record<DataTypeName, Storage>>> = {
  FLOAT: { field: "floatData", bytes: 4, array: Float32Array },
  DOUBLE: { field: "doubleData", bytes: 8, array: Float64Array },
  INT8: { field: "int32Data", bytes: 1, array: Int8Array },
  INT16: { field: "int32Data", bytes: 2, array: Int16Array },
  INT32: { field: "int32Data", bytes: 4, array: Int32Array },
  INT64: { field: "int64Data", bytes: 8, array: BigInt64Array },
  UINT8: { field: "int32Data", bytes: 1, array: Uint8Array },
  BOOL: { field: "int32Data", bytes: 1, array: Uint8Array },
  UINT16: { field: "int32Data", bytes: 2, array: Uint16Array },
  UINT32: { field: "uint64Data", bytes: 4, array: Uint32Array },
  UINT64: { field: "uint64Data", bytes: 8, array: BigUint64Array },
  FLOAT16: { field: "int32Data", bytes: 2, array: Uint16Array },
  BFLOAT16: { field: "int32Data", bytes: 2, array: Uint16Array },
};

const FIELDS: readonly TypedField[] = ["floatData", "int32Data", "int64Data", "doubleData", "uint64Data"];

/** Bytes of an element in `raw_data`; null where the type cannot be stored raw or is unknown. */
export function bytesPerElement(dataType: number | undefined): number | null {
  const name = dataTypeName(dataType);
  return name === null ? null : STORAGE[name]?.bytes ?? null;
}

/**
 * The shape of a tensor message; throws a `FormatError` that names the tensor for
 * more than 64 dimensions, and for sizes that are negative or beyond 2^53 elements.
 */
export function tensorShape(proto: TensorProto): Shape {
  const rank = proto.dims?.length ?? 0;
  if (rank > 64) throw new FormatError(`${nameOf(proto)} has ${rank} dimensions, expected 64 at most`);
  const shape = (proto.dims ?? []).map(Number);
  // Checked factor by factor, since a zero would hide an overflow.
  let bound = 1;
  for (const size of shape) bound *= Math.max(size, 1);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0) || !Number.isSafeInteger(bound)) {
    throw new FormatError(`${nameOf(proto)} has the impossible shape ${showShape(shape)}; export the model again`);
  }
  return shape;
}

/**
 * The elements of a tensor message, copied out of the file. FLOAT16 and BFLOAT16
 * are widened to 32 bits, which is exact; BOOL comes as 0 and 1 bytes. Throws a
 * `FormatError` that names the tensor where data and shape do not agree, where
 * the data lie in another file, and for strings and complex numbers.
 */
export function readTensor(proto: TensorProto): Tensor {
  const name = nameOf(proto);
  if (isExternal(proto)) throw new FormatError(`${name} ${missingData(proto)}`);
  if (proto.segment !== undefined) throw new FormatError(`${name} is a segment of a larger tensor, which is not read`);
  const dataType = dataTypeName(proto.dataType);
  const storage = dataType === null ? undefined : STORAGE[dataType];
  if (dataType === null || storage === undefined) {
    throw new FormatError(
      `${name} has the element type ${dataType ?? proto.dataType ?? "undefined"}, expected a number type of ONNX 1.10`,
    );
  }
  const shape = tensorShape(proto);
  const data = proto.rawData === undefined || proto.rawData.length === 0
    ? fromTypedField(proto, storage, dataType, shape)
    : fromRaw(proto.rawData, name, storage, shape);
  const is16Bit = dataType === "FLOAT16" || dataType === "BFLOAT16";
  const widen = dataType === "FLOAT16" ? fromFloat16 : fromBfloat16;
  return { shape, dataType, data: is16Bit ? widen(data as Uint16Array) : data };
}

/**
 * The same as 32-bit floats: FLOAT, FLOAT16 and BFLOAT16 exactly, DOUBLE rounded;
 * throws a `FormatError` that names the tensor for any other element type.
 */
export function readFloats(proto: TensorProto): FloatTensor {
  return toFloats(readTensor(proto), nameOf(proto));
}

/** The same of a tensor in memory, which errors call `name`. */
export function toFloats({ shape, data, dataType }: Tensor, name: string): FloatTensor {
  if (data instanceof Float32Array) return { shape, data };
  if (data instanceof Float64Array) return { shape, data: Float32Array.from(data) };
  throw new FormatError(`${name} has the element type ${dataType}, expected FLOAT`);
}

/** A FLOAT tensor as a message with `raw_data`; throws an `ArgumentError` where data and shape do not agree. */
export function writeTensor(name: string, shape: Shape, data: Float32Array): TensorProto {
  if (data.length !== sizeOf(shape)) {
    throw new ArgumentError(
      `the tensor ${name} of shape ${showShape(shape)} was given ${data.length} elements, expected ${sizeOf(shape)}`,
    );
  }
  return {
    dims: shape,
    dataType: DataType.FLOAT,
    name,
    rawData: new Uint8Array(data.slice().buffer),
  };
}

/** A tensor of 64-bit integers as a message. */
export function writeIntegers(name: string, shape: Shape, data: readonly number[]): TensorProto {
  const rawData = new Uint8Array(BigInt64Array.from(data, BigInt).buffer);
  return { dims: shape, dataType: DataType.INT64, name, rawData };
}

function fromRaw(raw: Uint8Array, name: string, storage: Storage, shape: Shape): TensorData {
  const expected = sizeOf(shape) * storage.bytes;
  if (raw.length !== expected) {
    throw new FormatError(
      `${name} of shape ${showShape(shape)} holds ${raw.length} bytes of raw_data, expected ${expected}; ` +
        `export the model again`,
    );
  }
  // A copy, because raw_data starts at any byte of the file and typed arrays need alignment.
  const copy = new Uint8Array(raw.length);
  copy.set(raw);
  return new storage.array(copy.buffer);
}

function fromTypedField(proto: TensorProto, storage: Storage, dataType: DataTypeName, shape: Shape): TensorData {
  const other = FIELDS.find((field) => field !== storage.field && (proto[field]?.length ?? 0) > 0);
  if (other !== undefined) {
    throw new FormatError(`${nameOf(proto)} of type ${dataType} keeps data in ${other}, expected ${storage.field}`);
  }
  const values: readonly Int64[] = proto[storage.field] ?? [];
  if (values.length !== sizeOf(shape)) {
    throw new FormatError(
      `${nameOf(proto)} of shape ${showShape(shape)} holds ${values.length} elements, expected ${sizeOf(shape)}; ` +
        `export the model again`,
    );
  }
  const data = new storage.array(new ArrayBuffer(values.length * storage.bytes));
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]);
  } else {
    for (let i = 0; i < values.length; i++) data[i] = Number(values[i]);
  }
  return data;
}

function nameOf(proto: TensorProto): string {
  return `the tensor ${quote(proto.name)}`;
}
