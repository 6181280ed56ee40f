/**
 * Whether an upload can be an ONNX file. The compiler says the rest, in the artifact's job.
 * @module
 */
import { foreignFile } from "../../../onnx/foreign.ts";
import { BadRequestError } from "../errors.ts";

/** Field of the graph in ONNX's ModelProto. */
const GRAPH = 7;

/** ModelProto has some ten fields, few of them repeated. */
const MOST_FIELDS = 10_000;

/** Walks the outermost fields of the protobuf message. */
export function checkOnnx(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new BadRequestError(`uncompiledModel ${foreignFile(bytes)}`);
  let at = 0, graph = false;
  for (let fields = 0; at < bytes.length; fields++) {
    const tag = varint(bytes, at);
    const number = tag === null ? 0 : Math.floor(tag.value / 8);
    const end = tag === null ? null : skip(bytes, tag.end, tag.value % 8);
    if (number === 0 || end === null || end > bytes.length || fields > MOST_FIELDS) {
      const what = foreignFile(bytes) ?? "is no ONNX file, or it was cut; export the model to ONNX again";
      throw new BadRequestError(`uncompiledModel ${what}`);
    }
    graph ||= number === GRAPH;
    at = end;
  }
  if (!graph) throw new BadRequestError("uncompiledModel is no ONNX file: there is no graph in it");
}

/** Where the value ends that begins at `at`; null for a type that protobuf no longer has. */
function skip(bytes: Uint8Array, at: number, type: number): number | null {
  switch (type) {
    case 0:
      return varint(bytes, at)?.end ?? null;
    case 1:
      return at + 8;
    case 2: {
      const length = varint(bytes, at);
      return length && length.end + length.value;
    }
    case 5:
      return at + 4;
    default:
      return null;
  }
}

/** Larger values than a double holds exactly are of no length and no tag, so their rounding does not matter. */
function varint(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return null;
    value += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) return { value, end: at + index + 1 };
  }
  return null;
}
