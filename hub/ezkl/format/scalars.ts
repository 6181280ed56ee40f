/**
 * Codecs of the values that hold no others.
 * @module
 */
import { MAX_USIZE } from "./bincode.ts";
import type { BinReader, BinWriter } from "./bincode.ts";
import type { Codec } from "./codec.ts";
import { FIELD_BYTES, FIELD_MAX, fieldFromHex, fieldToHex } from "./field.ts";
import { floatJson } from "./json.ts";
import type { Place } from "./place.ts";
import { FormatError } from "../../../core/base/errors.ts";

/** A truth, as a byte 0 or 1. */
export const bool: Codec<boolean> = scalar({
  minBytes: 1,
  expected: "true or false",
  holds: (value) => typeof value === "boolean",
  read(from) {
    const byte = from.u8();
    if (byte > 1) from.refuse(byte, "0 for false or 1 for true");
    return byte === 1;
  },
  write: (to, value) => to.u8(value ? 1 : 0),
});

/** 32 bits without a sign. */
export const u32: Codec<number> = whole(4, 0, 2 ** 32 - 1, (from) => from.u32(), (to, value) => to.u32(value));

/** 32 bits with a sign. */
export const i32: Codec<number> = whole(4, -(2 ** 31), 2 ** 31 - 1, (from) => from.i32(), (to, value) => to.u32(value));

/** A length or a position: 64 bits in the file, below 2^32 in value. */
export const usize: Codec<number> = whole(
  8,
  0,
  MAX_USIZE,
  (from) => Number(from.u64()),
  (to, value) => to.u64(BigInt(value)),
);

/** A step that may be negative: 64 bits in the file, 32 in value. */
export const isize: Codec<number> = whole(
  8,
  -(2 ** 31),
  2 ** 31 - 1,
  (from) => Number(from.i64()),
  (to, value) => to.u64(BigInt(value)),
);

/** 128 bits without a sign. */
export const u128: Codec<bigint> = large(0n, 2n ** 128n - 1n, (from) => from.u128());

/** 128 bits with a sign. */
export const i128: Codec<bigint> = large(-(2n ** 127n), 2n ** 127n - 1n, (from) => from.i128());

/** A 32-bit float; others are written as the nearest one. */
export const f32: Codec<number> = float(4, (from) => from.f32(), (to, value) => to.f32(value), floatJson, Math.fround);

/** A 64-bit float. */
export const f64: Codec<number> = float(
  8,
  (from) => from.f64(),
  (to, value) => to.f64(value),
  (value) => value,
  (value) => value,
);

/** A text, as a count of bytes and UTF-8. */
export const text: Codec<string> = scalar({
  minBytes: 8,
  expected: "a text",
  // A lone surrogate has no UTF-8 and would come back as another text.
  holds: (value) => typeof value === "string" && !/\p{Surrogate}/u.test(value),
  read(from) {
    const bytes = from.bytes(from.count(1));
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return from.fail(`has ${bytes.length} bytes that are not UTF-8, expected text`);
    }
  },
  write(to, value) {
    const bytes = new TextEncoder().encode(value);
    to.u64(BigInt(bytes.length));
    to.bytes(bytes);
  },
});

/** A field element as a signed number; 64 hexadecimal digits, lowest byte first, in JSON. */
export const field: Codec<bigint> = {
  minBytes: FIELD_BYTES,
  read: (from) => from.field(),
  write(to, value) {
    checkField(value, to);
    to.field(value);
  },
  fromJson(json, place) {
    try {
      return fieldFromHex(json as string);
    } catch (error) {
      if (error instanceof FormatError) place.fail(`is wrong: ${error.message}`);
      throw error;
    }
  },
  toJson(value, place) {
    checkField(value, place);
    return fieldToHex(value);
  },
};

/** One of some names, as a 32-bit index in their order. */
export function choice<const T extends string>(...names: readonly T[]): Codec<T> {
  const expected = `one of ${names.join(", ")}`;
  return scalar<T>({
    minBytes: 4,
    expected,
    holds: (value) => names.includes(value as T),
    read(from) {
      const index = from.u32();
      return names[index] ?? from.refuse(index, `from 0 to ${names.length - 1}: ${expected}`);
    },
    write: (to, value) => to.u32(names.indexOf(value)),
  });
}

/** Whatever JSON holds; it has no bytes. */
export const anyJson: Codec<unknown> = {
  minBytes: 1,
  absent: null,
  read: (from) => from.fail("holds what only JSON can hold, expected nothing"),
  write: (to) => to.fail("has no form in bytes; leave it out"),
  fromJson: (json) => json,
  toJson: (value) => value,
};

interface Scalar<T> {
  minBytes: number;
  expected: string;
  holds(value: unknown): boolean;
  read(from: BinReader): T;
  write(to: BinWriter, value: T): void;
  toJson?(value: T, place: Place): unknown;
  fromJson?(json: unknown): unknown;
}

function scalar<T>(type: Scalar<T>): Codec<T> {
  const { expected, holds, fromJson = (json) => json, toJson = (value) => value } = type;
  const checked = (value: unknown, shown: unknown, place: Place): T =>
    holds(value) ? value as T : place.refuse(shown, expected);
  return {
    minBytes: type.minBytes,
    read(from) {
      const value = type.read(from);
      return checked(value, value, from);
    },
    write: (to, value) => type.write(to, checked(value, value, to)),
    fromJson: (json, place) => checked(fromJson(json), json, place),
    toJson: (value, place) => toJson(checked(value, value, place), place),
  };
}

function whole(
  minBytes: number,
  low: number,
  high: number,
  read: (from: BinReader) => number,
  write: (to: BinWriter, value: number) => void,
): Codec<number> {
  return scalar({
    minBytes,
    expected: `a whole number from ${low} to ${high}`,
    holds: (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high,
    read,
    write,
    fromJson: (json) => json === 0 ? 0 : json, // JSON has a -0, whole numbers here have not
  });
}

function large(low: bigint, high: bigint, read: (from: BinReader) => bigint): Codec<bigint> {
  return scalar<bigint>({
    minBytes: 16,
    expected: `a whole number from ${low} to ${high}`,
    holds: (value) => typeof value === "bigint" && value >= low && value <= high,
    read,
    write: (to, value) => to.u128(value),
    fromJson: (json) => Number.isSafeInteger(json) ? BigInt(json as number) : json,
  });
}

function float(
  minBytes: number,
  read: (from: BinReader) => number,
  write: (to: BinWriter, value: number) => void,
  show: (value: number) => unknown,
  round: (value: number) => number,
): Codec<number> {
  return scalar({
    minBytes,
    expected: "a number",
    holds: (value) => typeof value === "number" && !Number.isNaN(value),
    read,
    write,
    fromJson(json) {
      const rounded = typeof json === "number" || typeof json === "bigint" ? round(Number(json)) : NaN;
      return Number.isFinite(rounded) ? rounded : NaN;
    },
    toJson(value, place) {
      const rounded = round(value);
      return Number.isFinite(rounded) ? show(rounded) : place.refuse(value, "a finite number");
    },
  });
}

function checkField(value: unknown, place: Place): void {
  if (typeof value !== "bigint" || value > FIELD_MAX || value < -FIELD_MAX) {
    place.refuse(value, "a bigint from -(r - 1)/2 to (r - 1)/2, r the BN254 scalar modulus");
  }
}
