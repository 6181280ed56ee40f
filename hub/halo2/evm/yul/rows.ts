/**
 * The third part of the Yul body: the polynomials of single rows at x, the column of
 * instances, and all inverses with one call of the precompile for powers.
 *
 * A sum of fractions is kept as one fraction, so that a column of any length needs one inverse.
 * @module
 */
import { fieldAt, slotAt } from "../memory.ts";
import { field, hex, load, named, store, word } from "./text.ts";

const FIRST = slotAt("inverseX");
const END = slotAt("inverseLacks") + 32;
const KEEP = slotAt("before") - FIRST;

/** The product of the three factors that a header names. */
export function product(name: "lacks" | "has"): string {
  const at = fieldAt(name);
  return `mulmod(mulmod(${named(hex(at))}, ${named(hex(at + 2))}, r), ${named(hex(at + 4))}, r)`;
}

/** Puts the distances to be inverted in their slots. */
const DISTANCES = `
// The sums of row / (x - row) over the blinding rows, and of instance · row / (x - row), as fractions.
function sumBlinding() {
  let r := ${word("r")}
  let row := ${word("omegaEnd")}
  ${store("inverseLast", `add(${load("x")}, sub(r, row))`)}
  let above := 0
  let below := 1
  for { let left := 5 } left { left := sub(left, 1) } {
    row := mulmod(row, ${word("omega")}, r)
    let distance := add(${load("x")}, sub(r, row))
    above := add(mulmod(above, distance, r), mulmod(row, below, r))
    below := mulmod(below, distance, r)
  }
  ${store("blind", "above")}
  ${store("inverseBlind", "below")}
}

function sumInstances() {
  let r := ${word("r")}
  let row := 1
  let above := 0
  let below := 1
  let at := add(${field("said")}, 0x20)
  for { let end := add(at, shl(5, ${field("instances")})) } lt(at, end) { at := add(at, 0x20) } {
    let distance := add(${load("x")}, sub(r, row))
    above := add(mulmod(above, distance, r), mulmod(mulmod(mload(at), row, r), below, r))
    below := mulmod(below, distance, r)
    row := mulmod(row, ${word("omega")}, r)
  }
  ${store("instance", "above")}
  ${store("inverseInstance", "below")}
}

function keepDistances() {
  let r := ${word("r")}
  let powered := ${load("x")}
  ${store("inverseX", "powered")}
  ${store("inverseFirst", "add(powered, sub(r, 1))")}
  for { let left := ${field("logrows")} } left { left := sub(left, 1) } { powered := mulmod(powered, powered, r) }
  ${store("powered", "powered")}
  ${store("inverseVanishing", "add(powered, sub(r, 1))")}
  ${store("one", "1")}
  let slot := ${hex(slotAt("toMu"))}
  for { let at := ${field("rotations")} } lt(at, ${field("rotationsEnd")}) { at := add(at, 0x20) } {
    mstore(slot, add(${load("mu")}, sub(r, mulmod(${load("x")}, mload(at), r))))
    slot := add(slot, 0x20)
  }
  ${store("inverseLacks", product("lacks"))}
}`;

/** Computes what the constraints need of the rows. */
export const ROWS = `${DISTANCES}

// One inversion for all: of their product, from which each is taken.
function invertAll() {
  let r := ${word("r")}
  let all := 1
  let slot := ${hex(FIRST)}
  for {} lt(slot, ${hex(END)}) { slot := add(slot, 0x20) } {
    mstore(add(slot, ${hex(KEEP)}), all)
    all := mulmod(all, mload(slot), r)
  }
  // No honest challenge is a row, or a point that something is opened at.
  if iszero(all) { revert(0, 0) }
  mstore(0x00, 0x20)
  mstore(0x20, 0x20)
  mstore(0x40, 0x20)
  mstore(0x60, all)
  mstore(0x80, sub(r, 2))
  mstore(0xa0, r)
  if iszero(staticcall(gas(), 5, 0x00, 0xc0, 0x00, 0x20)) { revert(0, 0) }
  all := mload(0x00)
  for {} gt(slot, ${hex(FIRST)}) {} {
    slot := sub(slot, 0x20)
    let value := mload(slot)
    mstore(slot, mulmod(all, mload(add(slot, ${hex(KEEP)})), r))
    all := mulmod(all, value, r)
  }
}

function keepRows() {
  let r := ${word("r")}
  ${store("inverseX2", `mulmod(${load("inverseX")}, ${load("inverseX")}, r)`)}
  let common := mulmod(add(${load("powered")}, sub(r, 1)), ${word("rowsInverse")}, r)
  ${store("first", `mulmod(common, ${load("inverseFirst")}, r)`)}
  let last := mulmod(mulmod(common, ${word("omegaEnd")}, r), ${load("inverseLast")}, r)
  ${store("last", "last")}
  let blind := mulmod(mulmod(common, ${load("blind")}, r), ${load("inverseBlind")}, r)
  ${store("active", "addmod(sub(add(r, 1), last), sub(r, blind), r)")}
  ${store("instance", `mulmod(mulmod(common, ${load("instance")}, r), ${load("inverseInstance")}, r)`)}
}`;
