/**
 * Writes protobuf messages: fields by ascending number, lists packed where the
 * schema says so, a field that is set written even at its default. These are the
 * bytes that protobuf's own serialisers produce.
 * @module
 */
import { isWellFormed } from "../core/base/arguments.ts";
import { ArgumentError } from "../core/base/errors.ts";
import { type Field, MAX_DEPTH, type Message, type MessageType, type ScalarKind, WIRE_TYPE } from "./wire.ts";

/** Encodes a message of `type`; throws an `ArgumentError` that names a field whose value does not fit its type. */
export function encodeMessage(type: MessageType, message: Message): Uint8Array<ArrayBuffer> {
  const plan: Plan = { sizes: [], next: 0 };
  const bytes = new Uint8Array(measure(type, message, plan, 0));
  const sink: Sink = { bytes, view: new DataView(bytes.buffer), position: 0 };
  write(type, message, plan, sink);
  return bytes;
}

/** Sizes of everything length-delimited, in the order of writing: found first, so that nothing is copied twice. */
interface Plan {
  readonly sizes: number[];
  next: number;
}

interface Sink {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
}

const utf8 = new TextEncoder();

function measure(type: MessageType, message: Message, plan: Plan, depth: number): number {
  if (depth > MAX_DEPTH) throw new ArgumentError(`${type.name} is nested more than ${MAX_DEPTH} messages deep`);
  let total = 0;
  for (const field of type.fields) {
    const values = valuesOf(field, message, type);
    if (values.length === 0) continue;
    const tag = sizeOfVarint(field.number * 8);
    if (field.packed) {
      let size = 0;
      for (const value of values) size += measureValue(field, value, plan, depth, type);
      plan.sizes.push(size);
      total += tag + sizeOfVarint(size) + size;
    } else {
      for (const value of values) total += tag + measureValue(field, value, plan, depth, type);
    }
  }
  return total;
}

function measureValue(field: Field, value: unknown, plan: Plan, depth: number, type: MessageType): number {
  const kind = field.kind;
  if (typeof kind === "string" && WIRE_TYPE[kind] !== 2) {
    checkNumber(kind, value, field, type);
    return WIRE_TYPE[kind] === 0 ? sizeOfVarint(value) : kind === "float" ? 4 : 8;
  }
  // The slot comes before those of the parts, as the length does on the wire.
  const slot = plan.sizes.push(0) - 1;
  let size: number;
  if (kind === "string") {
    if (typeof value !== "string" || !isWellFormed(value)) {
      refuse(field, type, value, "a string without lone surrogates");
    }
    size = utf8.encode(value).length;
  } else if (kind === "bytes") {
    if (!(value instanceof Uint8Array)) refuse(field, type, value, "a Uint8Array");
    size = value.byteLength;
  } else {
    if (typeof value !== "object" || value === null) refuse(field, type, value, "a message");
    size = measure(kind as MessageType, value as Message, plan, depth + 1);
  }
  plan.sizes[slot] = size;
  return sizeOfVarint(size) + size;
}

function write(type: MessageType, message: Message, plan: Plan, sink: Sink): void {
  for (const field of type.fields) {
    const values = valuesOf(field, message, type);
    if (values.length === 0) continue;
    const wireType = typeof field.kind === "string" ? WIRE_TYPE[field.kind] : 2;
    if (field.packed) {
      writeVarint(sink, field.number * 8 + 2);
      writeVarint(sink, plan.sizes[plan.next++]);
    }
    for (const value of values) {
      if (!field.packed) writeVarint(sink, field.number * 8 + wireType);
      writeValue(field, value, plan, sink);
    }
  }
}

function writeValue(field: Field, value: unknown, plan: Plan, sink: Sink): void {
  if (field.kind === "float") {
    sink.view.setFloat32(sink.position, value as number, true);
    sink.position += 4;
  } else if (field.kind === "double") {
    sink.view.setFloat64(sink.position, value as number, true);
    sink.position += 8;
  } else if (field.kind === "int64" || field.kind === "uint64" || field.kind === "int32") {
    writeVarint(sink, value as number | bigint);
  } else {
    const size = plan.sizes[plan.next++];
    writeVarint(sink, size);
    if (field.kind === "string") {
      utf8.encodeInto(value as string, sink.bytes.subarray(sink.position));
      sink.position += size;
    } else if (field.kind === "bytes") {
      sink.bytes.set(value as Uint8Array, sink.position);
      sink.position += size;
    } else {
      write(field.kind, value as Message, plan, sink);
    }
  }
}

function valuesOf(field: Field, message: Message, type: MessageType): readonly unknown[] {
  const value = message[field.name];
  if (value === undefined) return [];
  if (!field.repeated) return [value];
  return Array.isArray(value) ? value : refuse(field, type, value, "an array");
}

function writeVarint(sink: Sink, value: number | bigint): void {
  if (typeof value === "bigint" || value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) sink.bytes[sink.position++] = Number(rest & 127n) | 128;
    sink.bytes[sink.position++] = Number(rest);
    return;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) sink.bytes[sink.position++] = rest % 128 | 128;
  sink.bytes[sink.position++] = rest;
}

function sizeOfVarint(value: number | bigint): number {
  if (value < 0) return 10;
  let size = 1;
  if (typeof value === "bigint") { for (let rest = value; rest > 127n; rest >>= 7n) size++; }
  else for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

const LIMITS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

function checkNumber(
  kind: ScalarKind,
  value: unknown,
  field: Field,
  type: MessageType,
): asserts value is number | bigint {
  if (kind === "float" || kind === "double") {
    if (typeof value !== "number") refuse(field, type, value, "a number");
    return;
  }
  const [low, high] = LIMITS[kind];
  const whole = typeof value === "bigint" || Number.isSafeInteger(value);
  if (!whole || value as number < low || value as number > high) {
    refuse(field, type, value, `an integer from ${low} to ${high}, as a bigint where a number is not exact`);
  }
}

function refuse(field: Field, type: MessageType, value: unknown, expected: string): never {
  const given = typeof value === "object" ? Object.prototype.toString.call(value) : String(value);
  throw new ArgumentError(`${type.name}.${field.name} cannot be written: it is ${given}, expected ${expected}`);
}
