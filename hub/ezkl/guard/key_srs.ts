/**
 * Whether a key was made with a reference string. A key's commitments are its columns'
 * values on the string's points, so one column whose values are known tells: with another
 * secret its commitment is another point.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { GraphSettings } from "../format/settings.ts";
import { type Columns, columnsBeforeSelectors, columnsOf } from "../../halo2/circuit/columns.ts";
import { KEY_HEADER, vkBytesOf } from "../../halo2/circuit/key_bytes.ts";
import { type Entry, fixedEntries } from "../cells/key_columns.ts";
import { addG1, type G1Point, multiplyG1, P } from "../../halo2/curve/bn254.ts";
import { addBatch, type Points } from "../srs/fixed_base.ts";
import { G1_BYTES, readG1 } from "../../halo2/curve/encoding.ts";
import { lagrangeStart, readLogrows } from "../srs/layout.ts";

/** Values of selectors that share a column are their numbers in it; constants are larger, and dearer to commit to. */
const SMALL = 2n ** 12n;

interface Column {
  index: number;
  entries: Entry[];
}

/**
 * Refuses a whole key of `settings` that was made with another reference string than `srs`. A verifying key alone
 * shows its selectors only where they are compressed, and a string of another k cannot be compared; then nothing is said.
 * @throws {ArgumentError} saying what is of which step
 */
export function checkKeySrs(caller: string, key: Uint8Array, settings: GraphSettings, srs: Uint8Array): void {
  const columns = columnsOf(settings);
  if (readLogrows(caller, srs) !== columns.logrows) return;
  const fixed = new DataView(key.buffer, key.byteOffset).getUint32(3, true);
  const isProving = key.length > vkBytesOf(columns, fixed, key[2] === 1);
  const known = isProving ? packedColumn(key, columns, fixed) : selectorColumn(key, columns, fixed);
  if (known === null) return;
  const own = readG1(key, KEY_HEADER + G1_BYTES * known.index);
  const { x, y } = commitment(known.entries, srs, columns.logrows);
  if (own.x === x && own.y === y) return;
  throw new ArgumentError(
    `${caller}: the ${
      isProving ? "proving" : "verifying"
    } key was not made with this reference string but with one of ` +
      `another secret; give the string that setup() was given, or make both keys again with setup() and this one`,
  );
}

/** The last fixed column with small values alone: the selectors stand last. */
function packedColumn(pk: Uint8Array, columns: Columns, fixed: number): Column | null {
  for (let index = fixed - 1; index >= 0; index--) {
    const entries = fixedEntries(pk, columns, fixed, index);
    if (entries.length > 0 && entries.every(({ value }) => value > 0n && value < SMALL)) return { index, entries };
  }
  return null;
}

/** Of the selectors that have a column of their own, whose bits a compressed key ends with, the one that is on least. */
function selectorColumn(vk: Uint8Array, columns: Columns, fixed: number): Column | null {
  if (vk[2] !== 1) return null;
  const { simpleSelectors, complexSelectors, rows } = columns;
  const first = columnsBeforeSelectors(columns);
  const start = KEY_HEADER + G1_BYTES * (fixed + columns.permutationColumns);
  let least: Column | null = null;
  for (let selector = 0; selector < complexSelectors; selector++) {
    const bits = vk.subarray(start + (simpleSelectors + selector) * rows / 8).subarray(0, rows / 8);
    const entries: Entry[] = [];
    for (let row = 0; row < rows; row++) if (bits[row >> 3] >> (row & 7) & 1) entries.push({ row, value: 1n });
    if (entries.length > 0 && !(least && least.entries.length <= entries.length)) {
      least = { index: first + selector, entries };
    }
  }
  return least;
}

/** The sum of the values times the string's Lagrange points. */
function commitment(entries: readonly Entry[], srs: Uint8Array, logrows: number): G1Point {
  const groups = new Map<bigint, Points>();
  for (const { row, value } of entries) {
    const point = readG1(srs, lagrangeStart(logrows) + G1_BYTES * row);
    const group = groups.get(value) ?? { x: [], y: [] };
    groups.set(value, group);
    group.x.push(point.x % P);
    group.y.push(point.y % P);
  }
  return [...groups].map(([value, points]) => multiplyG1(total(points), value)).reduce(addG1);
}

function total(points: Points): G1Point {
  for (let count = points.x.length; count > 1; count = Math.ceil(count / 2)) {
    const pairs = Array.from({ length: count >> 1 }, (_, pair) => pair);
    const rest = Math.ceil(count / 2);
    addBatch(points, pairs, points, pairs.map((pair) => rest + pair));
  }
  return { x: points.x[0], y: points.y[0] };
}
