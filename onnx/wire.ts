/**
 * The protobuf wire format, as far as ONNX (proto2) uses it: what a message
 * type is, and how a schema is written down.
 *
 * The encoding is the one of https://protobuf.dev/programming-guides/encoding/.
 * `reader.ts` and `writer.ts` work from these tables alone.
 * @module
 */
import { ArgumentError } from "../core/base/errors.ts";

/** A 64-bit integer: a number where it is safe (|x| < 2^53), a bigint beyond. Both are accepted when writing. */
export type Int64 = number | bigint;

/** The scalar types that ONNX uses; enums are `int32`. */
export type ScalarKind = "int64" | "uint64" | "int32" | "float" | "double" | "string" | "bytes";

/** A decoded message: only the fields that were present; repeated fields are arrays. */
export type Message = Record<string, unknown>;

/** A field of a message type. */
export interface Field {
  /** The property that holds it. */
  readonly name: string;
  /** Its number on the wire. */
  readonly number: number;
  /** What it holds. */
  readonly kind: ScalarKind | MessageType;
  /** Whether it holds a list. */
  readonly repeated: boolean;
  /** Whether the list is written as one length-delimited run (readers accept both forms). */
  readonly packed: boolean;
  /** At most one of the fields that share this name is set; empty: no such bond. */
  readonly oneof: string;
}

/** A message type. */
export interface MessageType {
  /** Its name: `NodeProto`. */
  readonly name: string;
  /** Its fields, by ascending number, which is the order of writing. */
  readonly fields: readonly Field[];
  /** The same by number. */
  readonly byNumber: ReadonlyMap<number, Field>;
}

/**
 * Message types as one reads them in a `.proto` file: property name to
 * `"<number> [repeated | packed | oneof:<name>] <scalar or message type>"`.
 */
export type Schema = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Messages inside messages that are read or written at most: as many as protobuf's own C++ reader allows. */
export const MAX_DEPTH = 100;

/** The wire type of each scalar: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
export const WIRE_TYPE: Readonly<Record<ScalarKind, number>> = {
  int64: 0,
  uint64: 0,
  int32: 0,
  float: 5,
  double: 1,
  string: 2,
  bytes: 2,
};

/** Compiles a schema; throws an `ArgumentError` for a type that it does not define. */
export function compileSchema(schema: Schema): Readonly<Record<string, MessageType>> {
  const types: Record<string, { name: string; fields: Field[]; byNumber: Map<number, Field> }> = {};
  for (const name of Object.keys(schema)) types[name] = { name, fields: [], byNumber: new Map() };
  for (const [typeName, fields] of Object.entries(schema)) {
    const type = types[typeName];
    for (const [name, text] of Object.entries(fields)) {
      const words = text.split(" ");
      const target = words.at(-1)!;
      const kind = Object.hasOwn(WIRE_TYPE, target) ? target as ScalarKind : types[target];
      if (kind === undefined) throw new ArgumentError(`${typeName}.${name} has the undefined type ${target}`);
      const flag = words.length === 3 ? words[1] : "";
      const field: Field = {
        name,
        number: Number(words[0]),
        kind,
        repeated: flag === "repeated" || flag === "packed",
        packed: flag === "packed",
        oneof: flag.startsWith("oneof:") ? flag.slice("oneof:".length) : "",
      };
      type.fields.push(field);
      type.byNumber.set(field.number, field);
    }
    type.fields.sort((a, b) => a.number - b.number);
  }
  return types;
}
