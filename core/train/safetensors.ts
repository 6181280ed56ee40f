/**
 * The safetensors format: named arrays in one file, which PyTorch, JAX and
 * others read as well.
 *
 * Eight bytes hold the length of the header (little-endian); the header is a
 * JSON object of names to `dtype`, `shape` and `data_offsets`, with strings
 * under `__metadata__`; then follow the arrays without gaps
 * (https://github.com/huggingface/safetensors, README, "Format"). Every type of
 * elements is read; the machine must be little-endian.
 * @module
 */
import { bytes as checkBytes, expect, isWellFormed, text } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import type { TensorArray } from "../base/tensor_array.ts";
import { readHeader } from "./safetensors_header.ts";
import { isPlain, readElements, TENSOR_TYPES, typeOf } from "./safetensors_types.ts";

export type { TensorArray };

/** A named array's shape and elements. */
export interface TensorData {
  /** Sizes of its dimensions; `[]` for a scalar. */
  readonly shape: Shape;
  /** Its elements, row by row: numbers of the file's type; of F16 and BF16 as 32-bit floats, which are exact. */
  readonly data: TensorArray;
  /**
   * The type in the file, where the array does not say it: F16, BF16, or what comes as its
   * raw bytes: BOOL (0 or 1), C64, F8_E4M3 and the other types of 8 bits and fewer.
   */
  readonly dtype?: string;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** The arrays, in the order of the file. */
  readonly tensors: Map<string, TensorData>;
  /** The strings under `__metadata__`. */
  readonly metadata: Record<string, string>;
}

/**
 * Writes arrays as a safetensors file, in the order of the map: each as the type
 * that its elements have, bytes as their `dtype` where that comes as raw bytes. Throws
 * an `ArgumentError` for an array that does not fill its shape and for names or
 * strings that JSON in UTF-8 cannot carry.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: ArrayBufferView; readonly dtype?: string }>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const where = "writeSafetensors()";
  expect(tensors instanceof Map, `${where}: the tensors`, tensors, "a Map of names to { shape, data }");
  const entries: [string, unknown][] = [];
  checkMetadata(metadata);
  if (Object.keys(metadata).length > 0) entries.push(["__metadata__", metadata]);
  let end = 0;
  for (const [name, tensor] of tensors) {
    expect(tensor?.data !== undefined, `${where}: ${name}`, tensor, "{ shape, data }");
    const { shape, data, dtype: given } = tensor;
    const dtype = checkTensor(name, shape, data, given);
    const begin = end;
    end += data.byteLength;
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const json = `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`;
  const header = new TextEncoder().encode(json);
  const start = 8 + Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(start + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.fill(0x20, 8, start);
  file.set(header, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file. The arrays are views into `bytes` where those are
 * aligned to their elements, copies elsewhere. Throws a `FormatError` that names the
 * file and the byte or the entry for every defect, before anything is copied.
 *
 * @param bytes The whole file.
 * @param name The file's name, for errors.
 */
export function readSafetensors(bytes: Uint8Array, name = "the safetensors file"): Safetensors {
  checkBytes("readSafetensors(): the file", bytes);
  text("readSafetensors(): the name", name);
  const { entries, metadata, start } = readHeader(bytes, name);
  const tensors = new Map<string, TensorData>();
  for (const { key, dtype, shape, begin, end } of entries) {
    const data = readElements(dtype, bytes.subarray(start + begin, start + end));
    tensors.set(key, isPlain(dtype) ? { shape, data } : { shape, data, dtype });
  }
  return { tensors, metadata };
}

/** The type that a tensor is written as. */
function checkTensor(name: string, shape: Shape, data: ArrayBufferView, given?: string): string {
  text("writeSafetensors(): a tensor's name", name);
  expect(Array.isArray(shape), `writeSafetensors(): the shape of ${name}`, shape, "a list of sizes");
  expect(ArrayBuffer.isView(data), `writeSafetensors(): the data of ${name}`, data, "an array of numbers");
  if (name === "__metadata__" || !isWellFormed(name)) {
    throw new ArgumentError(
      `writeSafetensors(): a tensor is named ${
        JSON.stringify(name)
      }, expected well-formed text other than "__metadata__"`,
    );
  }
  const dtype = typeOf(data, given);
  if (dtype === undefined) {
    throw new ArgumentError(
      `writeSafetensors(): the data of ${name} are no numbers in a typed array, such as a Float32Array`,
    );
  }
  const count = data.byteLength * 8 / TENSOR_TYPES[dtype].bits;
  if (!shape.every((size) => Number.isInteger(size) && size >= 0) || sizeOf(shape) !== count) {
    throw new ArgumentError(
      `writeSafetensors(): ${name} has ${count} elements, which do not fill its shape ${showShape(shape)}`,
    );
  }
  return dtype;
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const object = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  expect(object, "writeSafetensors(): metadata", metadata, "an object of texts");
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string" && isWellFormed(value) && isWellFormed(key)) continue;
    throw new ArgumentError(
      `writeSafetensors(): metadata ${JSON.stringify(key)} is ${JSON.stringify(value)}, expected well-formed text; ` +
        "turn other values into JSON text first",
    );
  }
}
