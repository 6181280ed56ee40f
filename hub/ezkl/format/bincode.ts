/**
 * Bytes as Rust's bincode 1.3 lays them out by default: little endian, integers of fixed
 * width, lengths as 64-bit counts, fields one after another without names.
 * @module
 */
import { FIELD_BYTES, FIELD_MODULUS, signedOf, unsignedOf } from "./field.ts";
import { Place } from "./place.ts";

/** Lengths and positions end below this: the WebAssembly engine counts in 32 bits although the file has 64. */
export const MAX_USIZE: number = 2 ** 32 - 1;

/** Reads a file from its first byte to its last. */
export class BinReader extends Place {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #start = 0;

  /** Starts at the first of `bytes`; `file` is what errors call them. */
  constructor(bytes: Uint8Array, file: string) {
    super(file);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that have not been read. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** One byte. */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** Four bytes without a sign. */
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Four bytes with a sign. */
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** Eight bytes without a sign. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** Eight bytes with a sign. */
  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** Sixteen bytes without a sign. */
  u128(): bigint {
    const at = this.#take(16);
    return this.#view.getBigUint64(at, true) | this.#view.getBigUint64(at + 8, true) << 64n;
  }

  /** Sixteen bytes, two's complement. */
  i128(): bigint {
    return BigInt.asIntN(128, this.u128());
  }

  /** A 32-bit float. */
  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** A 64-bit float. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A field element as a signed whole number. */
  field(): bigint {
    const at = this.#take(FIELD_BYTES);
    let value = 0n;
    for (let word = 24; word >= 0; word -= 8) {
      const part = this.#view.getBigUint64(at + word, true);
      value = value === 0n ? part : value << 64n | part;
    }
    if (value >= FIELD_MODULUS) this.refuse(value, "a field element below the BN254 scalar modulus");
    return signedOf(value);
  }

  /** The count in front of a list whose items have `itemBytes` bytes or more; no count can pass what is left. */
  count(itemBytes: number): number {
    const count = this.u64();
    const room = Math.floor(this.remaining / itemBytes);
    if (count > BigInt(room)) {
      this.fail(`counts ${count} items, expected at most ${room}, as the file has no room for more`);
    }
    return Number(count);
  }

  /** `length` bytes, as a view on the file. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Refuses bytes after the end. */
  finish(): void {
    this.#start = this.#offset;
    if (this.remaining > 0) this.fail(`ends here, but ${this.remaining} more bytes follow; expected none`);
  }

  /** As in a place, with the byte at which the value begins. */
  override fail(what: string): never {
    super.fail(`(at byte ${this.#start}) ${what}`);
  }

  #take(length: number): number {
    const at = this.#start = this.#offset;
    if (length > this.remaining) this.fail(`needs ${length} bytes, but ${this.remaining} are left: the file is cut`);
    this.#offset += length;
    return at;
  }
}

/** Writes a file from its first byte to its last; values must have been checked. */
export class BinWriter extends Place {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #view: DataView = new DataView(this.#bytes.buffer);
  #offset = 0;

  /** An empty file that errors call `file`. */
  constructor(file: string) {
    super(file, "writing");
  }

  /** One byte. */
  u8(value: number): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
  }

  /** Four bytes, of a number with or without a sign. */
  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  /** Eight bytes, of a number with or without a sign. */
  u64(value: bigint): void {
    const at = this.#room(8);
    this.#view.setBigUint64(at, value, true);
  }

  /** Sixteen bytes, of a number with or without a sign. */
  u128(value: bigint): void {
    this.u64(value & 0xffffffffffffffffn);
    this.u64(value >> 64n);
  }

  /** A 32-bit float: the nearest to `value`. */
  f32(value: number): void {
    const at = this.#room(4);
    this.#view.setFloat32(at, value, true);
  }

  /** A 64-bit float. */
  f64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  /** A field element from a signed whole number. */
  field(value: bigint): void {
    const at = this.#room(FIELD_BYTES);
    const rest = unsignedOf(value);
    // BigInt stores drop what is above 64 bits, so no mask is needed.
    this.#view.setBigUint64(at, rest, true);
    this.#view.setBigUint64(at + 8, rest >> 64n, true);
    this.#view.setBigUint64(at + 16, rest >> 128n, true);
    this.#view.setBigUint64(at + 24, rest >> 192n, true);
  }

  /** The bytes as they are. */
  bytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** What has been written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#offset);
  }

  // May replace the view, so it is called before the view is read.
  #room(length: number): number {
    const at = this.#offset;
    this.#offset += length;
    if (this.#offset > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#offset, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
