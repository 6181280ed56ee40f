/**
 * `key.pk` as EZKL writes it. The prover here needs none: it is for EZKL's own programs, and 94 of 100 bytes of it are
 * the columns' values in the extended domain.
 * @module
 */
import type { Columns } from "../circuit/columns.ts";
import { pkBytesOf } from "../circuit/key_bytes.ts";
import { inverse, power, R } from "../curve/bn254.ts";
import { rootOfUnity } from "../curve/scalars.ts";
import { Domain } from "../kernels/domain.ts";
import { emptyColumn, setValue } from "../keys/column_values.ts";
import { BLINDING_ROWS } from "../verify/lagrange.ts";
import { type CircuitColumns, layValues } from "./key.ts";
import type { Tools } from "./tools.ts";

/** The third root of unity that halo2 shifts the extended domain by. */
const ZETA = 0x30644e72e131a029048b6e193fd84104cc37a73fec2bc5e9b8ca0b2d36636f23n;

const ELEMENT = 32;

/** Writes a key part by part. */
class KeyWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #tools: Tools;
  readonly #extension: number;
  readonly #extended: Domain;
  readonly #work: number;
  readonly #coset: number;
  readonly #reversed: Uint32Array;
  #at = 0;

  constructor(tools: Tools, extension: number, size: number) {
    this.bytes = new Uint8Array(size);
    this.#tools = tools;
    this.#extension = extension;
    const { kernels, domain } = tools;
    this.#reversed = reversedBits(domain.logrows);
    const root = rootOfUnity(domain.logrows + Math.log2(extension));
    const cosets = Array.from({ length: extension }, (_, coset) => {
      return { enter: this.#powers(ZETA * power(root, BigInt(coset), R) % R), leave: 0 };
    });
    this.#extended = new Domain(kernels, { ...domain.tables, cosets });
    this.#work = domain.column();
    this.#coset = domain.column();
  }

  /** Bytes as they are. */
  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** The head of a list of `count` polynomials, each of so many elements. */
  list(count: number, length: number): void {
    this.#number(count);
    for (let item = 0; item < count; item++) this.#number(length);
  }

  /** A column's values. */
  values(column: number): void {
    const { domain } = this.#tools;
    this.#number(domain.rows);
    this.put(this.#words(column));
  }

  /** A column's coefficients. */
  coefficients(column: number): void {
    const { kernels: { r }, domain } = this.#tools;
    this.#number(domain.rows);
    this.#tools.coefficients(column, this.#work);
    r.call.scale(this.#work, domain.tables.share, this.#work, domain.vectors);
    const words = this.#words(this.#work), { bytes } = this, start = this.#at;
    this.#reversed.forEach((from, to) => {
      bytes.set(words.subarray(ELEMENT * from, ELEMENT * (from + 1)), start + ELEMENT * to);
    });
    this.#at += words.length;
  }

  /** A column's values in the extended domain. */
  extended(column: number): void {
    const { domain: { rows } } = this.#tools, { bytes } = this;
    this.#number(rows * this.#extension);
    const start = this.#at;
    this.#tools.coefficients(column, this.#work);
    for (let coset = 0; coset < this.#extension; coset++) {
      this.#extended.toCoset(this.#work, coset, this.#coset);
      const words = this.#words(this.#coset);
      for (let row = 0; row < rows; row++) {
        const to = start + ELEMENT * (row * this.#extension + coset);
        bytes.set(words.subarray(ELEMENT * row, ELEMENT * (row + 1)), to);
      }
    }
    this.#at += ELEMENT * rows * this.#extension;
  }

  /** Whole numbers of 32 bits stand with the highest byte first. */
  #number(value: number): void {
    new DataView(this.bytes.buffer).setUint32(this.#at, value);
    this.#at += 4;
  }

  /** A column's elements in the file's form. */
  #words(column: number): Uint8Array {
    const { kernels, domain, words } = this.#tools, { r } = kernels;
    r.call.write(column, r.constants.leaveFile, words, domain.vectors);
    return new Uint8Array(kernels.memory.buffer, words, ELEMENT * domain.rows);
  }

  /** shift^i / n in the order of coefficients. */
  #powers(shift: bigint): number {
    const { domain } = this.#tools, table = domain.column();
    let value = inverse(BigInt(domain.rows), R);
    for (let exponent = 0; exponent < domain.rows; exponent++, value = value * shift % R) {
      domain.setRow(table, this.#reversed[exponent], value);
    }
    return table;
  }
}

/**
 * The bytes of a proving key that begins with the key `vk` of the same circuit. `pause` is waited for between parts; what
 * it throws ends the work.
 */
export async function writeProvingKey(
  tools: Tools,
  columns: Columns,
  { fixed, permutation }: CircuitColumns,
  vk: Uint8Array,
  pause: () => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { kernels, domain: { rows } } = tools, { extension } = columns;
  const mark = kernels.mark();
  try {
    const key = new KeyWriter(tools, extension, pkBytesOf(columns, fixed.length, true));
    key.put(vk);
    const last = rows - BLINDING_ROWS - 1;
    for (const [from, to] of [[0, 1], [last, last + 1], [0, last]]) {
      key.extended(layValues(tools, rowsOn(rows, from, to)));
      await pause();
    }
    for (const family of [fixed, permutation]) {
      for (const part of ["values", "coefficients", "extended"] as const) {
        key.list(family.length, part === "extended" ? rows * extension : rows);
        for (const column of family) {
          key[part](column);
          await pause();
        }
      }
    }
    return key.bytes;
  } finally {
    kernels.release(mark);
  }
}

/** 1 in some rows and 0 in the others. */
function rowsOn(rows: number, from: number, to: number) {
  const column = emptyColumn(rows);
  for (let row = from; row < to; row++) setValue(column, row, 1);
  return column;
}

/** Each number of so many bits with its bits in reverse. */
function reversedBits(bits: number): Uint32Array {
  const reversed = new Uint32Array(2 ** bits);
  for (let value = 1; value < reversed.length; value++) {
    reversed[value] = reversed[value >> 1] >> 1 | (value & 1) << (bits - 1);
  }
  return reversed;
}
