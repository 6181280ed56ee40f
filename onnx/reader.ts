/**
 * Reads protobuf messages from bytes that nobody vouches for.
 *
 * Every length is checked against the message around it, nesting is bounded, and
 * the objects made are bounded by the size of the file, so that no input makes
 * the reader hang, overflow the stack or take many times the file's memory.
 * @module
 */
import { FormatError } from "../core/base/errors.ts";
import { type Field, type Int64, MAX_DEPTH, type Message, type MessageType, WIRE_TYPE } from "./wire.ts";

/**
 * Decodes a message of `type`; `name` is the file's, for errors.
 *
 * Packed and unpacked lists are accepted, unknown fields skipped, a scalar that
 * comes twice keeps its last value and a message that comes twice is merged, as
 * protobuf prescribes. Byte strings are views into `bytes`. Throws a
 * `FormatError` that names the file and the byte.
 */
export function decodeMessage(type: MessageType, bytes: Uint8Array, name: string): Message {
  return new Reader(bytes, name).read(type);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #position = 0;
  #where: string;
  // Real files spend 4 bytes or more on each; an empty one takes 2, and an object costs 50 times that.
  #objectsLeft: number;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
    this.#where = "";
    this.#objectsLeft = 100_000 + Math.floor(bytes.length / 4);
  }

  read(type: MessageType): Message {
    this.#where = type.name;
    return this.#message(type, {}, this.#bytes.length, 0);
  }

  #message(type: MessageType, into: Message, end: number, depth: number): Message {
    if (depth > MAX_DEPTH) this.#fail(`messages are nested more than ${MAX_DEPTH} deep`);
    this.#countObject();
    const outer = this.#where;
    while (this.#position < end) {
      this.#where = type.name;
      const start = this.#position;
      const tag = this.#varint(end);
      const number = Math.floor(Number(tag) / 8);
      const wireType = Number(tag) % 8;
      if (tag > 0xffffffff || number === 0) this.#fail(`${tag} is not a field tag`, start);
      const field = type.byNumber.get(number);
      if (field === undefined) {
        this.#skip(wireType, end, start);
      } else {
        this.#where = `${type.name}.${field.name}`;
        this.#field(field, type, into, wireType, end, depth, start);
      }
    }
    this.#where = outer;
    return into;
  }

  #field(
    field: Field,
    type: MessageType,
    into: Message,
    wireType: number,
    end: number,
    depth: number,
    start: number,
  ): void {
    const expected = typeof field.kind === "string" ? WIRE_TYPE[field.kind] : 2;
    const isRun = field.repeated && wireType === 2 && expected !== 2;
    if (wireType !== expected && !isRun) {
      this.#fail(`the field has wire type ${wireType}, expected ${expected}`, start);
    }
    if (field.oneof !== "") {
      for (const other of type.fields) if (other.oneof === field.oneof && other !== field) delete into[other.name];
    }
    if (!field.repeated) {
      into[field.name] = this.#value(field, end, depth, into[field.name] as Message | undefined);
      return;
    }
    const stop = isRun ? this.#length(end) : end;
    // An empty run is an absent list.
    if (isRun && stop === this.#position) return;
    const list = (into[field.name] ??= []) as unknown[];
    do list.push(this.#value(field, stop, depth)); while (isRun && this.#position < stop);
  }

  #value(field: Field, end: number, depth: number, merge?: Message): unknown {
    switch (field.kind) {
      case "int64":
        return signed(this.#varint(end));
      case "uint64":
        return this.#varint(end);
      case "int32": {
        const value = this.#varint(end);
        return typeof value === "number" && value < 2 ** 31 ? value : Number(BigInt.asIntN(32, BigInt(value)));
      }
      case "float":
        return this.#view.getFloat32(this.#advance(4, end), true);
      case "double":
        return this.#view.getFloat64(this.#advance(8, end), true);
      case "bytes": {
        this.#countObject();
        const stop = this.#length(end);
        return this.#bytes.subarray(this.#advance(stop - this.#position, end), stop);
      }
      case "string":
        return this.#string(end);
      default:
        return this.#message(field.kind, merge ?? {}, this.#length(end), depth + 1);
    }
  }

  #countObject(): void {
    if (--this.#objectsLeft < 0) this.#fail("the file holds more messages than a file of its size can need");
  }

  #string(end: number): string {
    const stop = this.#length(end);
    const start = this.#advance(stop - this.#position, end);
    try {
      return this.#text.decode(this.#bytes.subarray(start, stop));
    } catch {
      return this.#fail("the text is not UTF-8", start);
    }
  }

  /** Reads a length and returns where its bytes end. */
  #length(end: number): number {
    const start = this.#position;
    const length = this.#varint(end);
    if (length > end - this.#position) {
      this.#fail(`a length of ${length} bytes runs past byte ${end}, where the enclosing message ends`, start);
    }
    return this.#position + Number(length);
  }

  /** An unsigned integer of up to 64 bits. */
  #varint(end: number): Int64 {
    const start = this.#position;
    let low = 0;
    let scale = 1;
    // Seven bytes hold 49 bits, which a number holds exactly.
    for (let count = 0; count < 7; count++) {
      const byte = this.#byte(end, start);
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return low;
      scale *= 128;
    }
    let high = 0;
    for (let count = 0; count < 3; count++) {
      const byte = this.#byte(end, start);
      if (count === 2 && byte > 1) break;
      high += (byte & 0x7f) * 128 ** count;
      if (byte < 0x80) {
        const value = BigInt(low) + (BigInt(high) << 49n);
        return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
      }
    }
    return this.#fail("a varint takes more than 10 bytes or 64 bits", start);
  }

  #byte(end: number, start: number): number {
    if (this.#position >= end) this.#fail("the message ends inside a varint", start);
    return this.#bytes[this.#position++];
  }

  /** Moves past `count` bytes and returns where they start. */
  #advance(count: number, end: number): number {
    const start = this.#position;
    if (count > end - start) this.#fail(`the message ends inside a value of ${count} bytes`);
    this.#position += count;
    return start;
  }

  #skip(wireType: number, end: number, start: number): void {
    if (wireType === 0) this.#varint(end);
    else if (wireType === 1) this.#advance(8, end);
    else if (wireType === 2) this.#advance(this.#length(end) - this.#position, end);
    else if (wireType === 5) this.#advance(4, end);
    else this.#fail(`wire type ${wireType} is not used by ONNX`, start);
  }

  #fail(what: string, offset: number = this.#position): never {
    throw new FormatError(
      `${this.#name} is not an ONNX file, or is damaged: at byte ${offset} of ${this.#bytes.length}, ` +
        `in ${this.#where}, ${what}; export or download it again`,
    );
  }
}

function signed(value: Int64): Int64 {
  if (typeof value === "number") return value;
  const result = BigInt.asIntN(64, value);
  return result >= BigInt(Number.MIN_SAFE_INTEGER) && result <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(result)
    : result;
}
