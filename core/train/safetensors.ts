/**
 * The safetensors format: named arrays in one file, which PyTorch, JAX and
 * others read as well.
 *
 * Eight bytes hold the length of the header (little-endian); the header is a
 * JSON object of names to `dtype`, `shape` and `data_offsets`, with strings
 * under `__metadata__`; then follow the arrays without gaps
 * (https://github.com/huggingface/safetensors, README, "Format"). Arrays of F32
 * and U32 are written and read; the machine must be little-endian.
 * @module
 */
import { bytes as checkBytes, expect, text } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { type Shape, showShape, sizeOf } from "../base/shape.ts";
import { readHeader } from "./safetensors_header.ts";

/** A named array's shape and elements. */
export interface TensorData {
  /** Sizes of its dimensions; `[]` for a scalar. */
  readonly shape: Shape;
  /** Its elements, row by row. */
  readonly data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** The arrays, in the order of the file. */
  readonly tensors: Map<string, TensorData>;
  /** The strings under `__metadata__`. */
  readonly metadata: Record<string, string>;
}

/**
 * Writes arrays as a safetensors file, in the order of the map. Throws an
 * `ArgumentError` for an array that does not fill its shape and for names or
 * strings that JSON in UTF-8 cannot carry.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array | Uint32Array }>,
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
    const { shape, data } = tensor;
    checkTensor(name, shape, data);
    const begin = end;
    end += data.byteLength;
    const dtype = data instanceof Float32Array ? "F32" : "U32";
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
 * aligned to four bytes, copies elsewhere. Throws a `FormatError` that names the
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
    const Data = dtype === "F32" ? Float32Array : Uint32Array;
    const from = bytes.byteOffset + start + begin;
    const viewable = bytes.buffer instanceof ArrayBuffer && from % 4 === 0;
    const buffer = viewable
      ? bytes.buffer as ArrayBuffer
      : bytes.slice(start + begin, start + end).buffer as ArrayBuffer;
    tensors.set(key, { shape, data: new Data(buffer, viewable ? from : 0, (end - begin) / 4) });
  }
  return { tensors, metadata };
}

function checkTensor(name: string, shape: Shape, data: Float32Array | Uint32Array): void {
  text("writeSafetensors(): a tensor's name", name);
  expect(Array.isArray(shape), `writeSafetensors(): the shape of ${name}`, shape, "a list of sizes");
  const typed = data instanceof Float32Array || data instanceof Uint32Array;
  expect(typed, `writeSafetensors(): the data of ${name}`, data, "a Float32Array or a Uint32Array");
  if (name === "__metadata__" || !name.isWellFormed()) {
    throw new ArgumentError(
      `writeSafetensors(): a tensor is named ${
        JSON.stringify(name)
      }, expected well-formed text other than "__metadata__"`,
    );
  }
  if (!shape.every((size) => Number.isInteger(size) && size >= 0) || sizeOf(shape) !== data.length) {
    throw new ArgumentError(
      `writeSafetensors(): ${name} has ${data.length} elements, which do not fill its shape ${showShape(shape)}`,
    );
  }
}

function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  const object = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  expect(object, "writeSafetensors(): metadata", metadata, "an object of texts");
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string" && value.isWellFormed() && key.isWellFormed()) continue;
    throw new ArgumentError(
      `writeSafetensors(): metadata ${JSON.stringify(key)} is ${JSON.stringify(value)}, expected well-formed text; ` +
        "turn other values into JSON text first",
    );
  }
}
