/**
 * The selectors of a circuit: where each gate is on, in which order a key has them, how many columns those of the
 * arithmetic take once packed, and how to read them out of a verifying key.
 * @module
 */
import { ArgumentError, FormatError } from "../../../core/base/errors.ts";
import type { LookupOp } from "../format/circuit.ts";
import { CELL_GATES, ROW_GATES } from "../../halo2/circuit/arithmetic.ts";
import type { ColumnSettings } from "../../halo2/circuit/columns.ts";
import { columnsOf, distinctLookups, distinctRanges } from "../../halo2/circuit/columns.ts";

/**
 * What a selector turns on; a table or a range is named by `lookupName` or `rangeName`. The columns beside the blocks
 * have rows that are sorted or searched, and cells of the blocks ask one of these columns.
 */
export type Gate =
  | typeof CELL_GATES[number]
  | typeof ROW_GATES[number]
  | `lookup ${string}`
  | `range ${string}`
  | `${Beside} rows`
  | `${Beside} ${number}`;

/** What the columns beside the blocks are for. */
export type Beside = "search" | "shuffle";

/** The gate of a table operation. */
export function lookupName(op: LookupOp): Gate {
  const { name, ...rest } = op;
  return `lookup ${name} ${Object.values(rest).join(" ")}`;
}

/** The gate of a range check. */
export function rangeName([low, high]: readonly [bigint, bigint]): Gate {
  return `range ${low} ${high}`;
}

/** The degree of a gate's constraint with its selector; a product multiplies a whole row. */
function degreeOf(gate: Gate, innerCols: number): number {
  if (gate === "CumProd") return innerCols + 2;
  if (gate === "CumProdInit") return innerCols + 1;
  return gate === "Mult" || gate === "Dot" || gate === "DotInit" ? 3 : 2;
}

/** Where gates are on: for each gate and place a bitmap of rows, made when first needed. */
export class SelectorMap {
  #rows: number;
  #places = new Map<Gate, Uint8Array<ArrayBuffer>[]>();

  /** Rows of a column, 2^logrows. */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /**
   * Turns `gate` on in `row`; `place` is block * innerCols + inner column, for gates of a row the block, and for rows
   * beside the blocks their column.
   */
  mark(gate: Gate, place: number, row: number): void {
    const places = this.#placesOf(gate);
    const bits = places[place] ??= new Uint8Array(this.#rows / 8);
    bits[row >> 3] |= 1 << (row & 7);
  }

  /** The same for `count` cells from the coordinate `lin` on, in blocks of `innerCols` columns of `usable` rows. */
  markCells(
    gate: Gate,
    lin: number,
    count: number,
    { innerCols, usable }: { innerCols: number; usable: number },
  ): void {
    const places = this.#placesOf(gate), capacity = innerCols * usable;
    for (let cell = lin; cell < lin + count; cell++) {
      const block = Math.floor(cell / capacity), inside = cell - block * capacity;
      const row = Math.floor(inside / innerCols);
      const bits = places[block * innerCols + inside - row * innerCols] ??= new Uint8Array(this.#rows / 8);
      bits[row >> 3] |= 1 << (row & 7);
    }
  }

  /** Takes a bitmap as it stands in a key. */
  set(gate: Gate, place: number, bits: Uint8Array<ArrayBuffer>): void {
    this.#placesOf(gate)[place] = bits;
  }

  /** The bitmap of a gate, bit i of byte j standing for row 8j + i; null where it is never on. */
  bits(gate: Gate, place: number): Uint8Array<ArrayBuffer> | null {
    return this.#places.get(gate)?.[place] ?? null;
  }

  /** Rows in which `gate` is on, over all places. */
  count(gate: Gate): number {
    let count = 0;
    for (const bits of this.#places.get(gate) ?? []) {
      for (let byte of bits ?? []) for (; byte > 0; byte &= byte - 1) count++;
    }
    return count;
  }

  /** The gates that are on somewhere. */
  gates(): Gate[] {
    return [...this.#places.keys()].filter((gate) => this.count(gate) > 0);
  }

  /**
   * The bitmaps of every selector of a circuit of `settings`, in their order.
   * @throws {ArgumentError} for a gate that the settings do not have
   */
  inOrder(settings: ColumnSettings): Uint8Array<ArrayBuffer>[] {
    const order = selectorOrder(settings), known = new Set(order.map(({ gate }) => gate));
    const missing = this.gates().find((gate) => !known.has(gate));
    if (missing !== undefined) {
      throw new ArgumentError(
        `the circuit uses the ${missing}, which its settings do not have; give the settings that it was compiled with`,
      );
    }
    return order.map(({ gate, place }) => this.bits(gate, place) ?? new Uint8Array(this.#rows / 8));
  }

  #placesOf(gate: Gate): Uint8Array<ArrayBuffer>[] {
    let places = this.#places.get(gate);
    if (!places) this.#places.set(gate, places = []);
    return places;
  }
}

/** The selectors of a circuit of `settings` in the order of its key, but for the hash's. */
function selectorOrder(settings: ColumnSettings): { gate: Gate; place: number }[] {
  const { blocks, innerCols, shuffleBlocks } = columnsOf(settings), places = blocks * innerCols;
  const order: { gate: Gate; place: number }[] = [];
  const all = (gate: Gate, count: number) => {
    for (let place = 0; place < count; place++) order.push({ gate, place });
  };
  for (let place = 0; place < places; place++) for (const gate of CELL_GATES) order.push({ gate, place });
  for (let place = 0; place < blocks; place++) for (const gate of ROW_GATES) order.push({ gate, place });
  for (const op of distinctLookups(settings)) all(lookupName(op), places);
  for (const range of distinctRanges(settings)) all(rangeName(range), places);
  const beside = (kind: Beside) => {
    for (let column = 0; column < shuffleBlocks; column++) {
      order.push({ gate: `${kind} rows`, place: column });
      all(`${kind} ${column}`, places);
    }
  };
  if (settings.numDynamicLookups > 0) beside("search");
  if (settings.numShuffles > 0) beside("shuffle");
  return order;
}

/**
 * Columns that the arithmetic's selectors take after compression. Two share a column where
 * no row has both on and where the degree allows it: selectors are taken in their order,
 * and each joins the first column that has room (the rule of halo2's selector compression).
 * Without `map` no two are taken to meet in a row, which gives the smallest number.
 */
export function packedSelectors(
  shape: { blocks: number; innerCols: number; degree: number },
  map: SelectorMap | null,
): number {
  const { blocks, innerCols, degree } = shape;
  const all: { degree: number; bits: Uint8Array | null }[] = [];
  const add = (gate: Gate, place: number) =>
    all.push({ degree: degreeOf(gate, innerCols) - 1, bits: map?.bits(gate, place) ?? null });
  for (let place = 0; place < blocks * innerCols; place++) for (const gate of CELL_GATES) add(gate, place);
  for (let block = 0; block < blocks; block++) for (const gate of ROW_GATES) add(gate, block);
  const packed = all.map(() => false);
  let columns = 0;
  for (let first = 0; first < all.length; first++) {
    if (packed[first]) continue;
    columns++;
    const column = [all[first]];
    let highest = all[first].degree;
    for (let next = first + 1; next < all.length && highest + column.length < degree; next++) {
      if (packed[next]) continue;
      const joint = Math.max(highest, all[next].degree);
      if (joint + column.length + 1 > degree) continue;
      if (column.some((member) => meet(member.bits, all[next].bits))) continue;
      highest = joint;
      column.push(all[next]);
      packed[next] = true;
    }
  }
  return columns;
}

function meet(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (!a || !b) return false;
  for (let i = 0; i < a.length; i++) if (a[i] & b[i]) return true;
  return false;
}

/** What a verifying key of compressed selectors says. */
export interface KeySelectors {
  /** Fixed columns. */
  fixedColumns: number;
  /** Columns of the permutation. */
  permutationColumns: number;
  /** Where every gate is on. */
  map: SelectorMap;
}

/**
 * Reads the selectors out of `vk`, made with compressed selectors for a circuit of `settings`.
 * @throws {FormatError} where the key is not of such a circuit
 */
export function readSelectors(vk: Uint8Array, settings: ColumnSettings): KeySelectors {
  const columns = columnsOf(settings);
  const { rows } = columns;
  const count = columns.simpleSelectors + columns.complexSelectors, size = rows / 8;
  const fixedColumns = vk.length < 7 ? 0 : new DataView(vk.buffer, vk.byteOffset).getUint32(3, true);
  const start = 7 + 64 * (fixedColumns + columns.permutationColumns);
  if (vk.length !== start + count * size || vk[1] !== columns.logrows || vk[2] !== 1) {
    throw new FormatError(
      `readSelectors: the verifying key has ${vk.length} bytes, logrows ${vk[1]} and ${fixedColumns} fixed columns, ` +
        `and a key of these settings has ${start + count * size} bytes and logrows ${columns.logrows}; ` +
        `give the settings that it was made with, and make it with compressed selectors`,
    );
  }
  const map = new SelectorMap(rows);
  // The hash's three come first.
  let at = start + (columns.hasPoseidon ? 3 * size : 0);
  for (const { gate, place } of selectorOrder(settings)) {
    map.set(gate, place, new Uint8Array(vk.subarray(at, at += size)));
  }
  return { fixedColumns, permutationColumns: columns.permutationColumns, map };
}
