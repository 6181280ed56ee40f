/**
 * The third part of the Yul body: the polynomials of single rows at x, the column of
 * instances, and all inverses with one call of the precompile for powers.
 *
 * A sum of fractions is kept as one fraction, so that a column of any length needs one inverse.
 * @module
 */
import { slotAt } from "../memory.ts";
import { field, hex, load, named, store, word } from "./text.ts";
import { fieldAt } from "../memory.ts";

const FIRST = slotAt("inverseX");
const END = slotAt("inverseLacks") + 32;
const KEEP = slotAt("before") - FIRST;

/** Puts the distances to be inverted in their slots. */
const DISTANCES = `
  let x := ${load("x")}
  let powered := x
  for { let left := ${field("logrows")} } left { left := sub(left, 1) } { powered := mulmod(powered, powered, r) }
  ${store("powered", "powered")}
  ${store("inverseX", "x")}
  ${store("inverseVanishing", "add(powered, sub(r, 1))")}
  ${store("inverseFirst", "add(x, sub(r, 1))")}
  ${store("one", "1")}
  {
    let omega := ${word("omega")}
    let row := ${word("omegaEnd")}
    ${store("inverseLast", "add(x, sub(r, row))")}
    let above := 0
    let below := 1
    for { let left := 5 } left { left := sub(left, 1) } {
      row := mulmod(row, omega, r)
      let distance := add(x, sub(r, row))
      above := add(mulmod(above, distance, r), mulmod(row, below, r))
      below := mulmod(below, distance, r)
    }
    ${store("blind", "above")}
    ${store("inverseBlind", "below")}
    above := 0
    below := 1
    row := 1
    let at := add(${field("said")}, 0x20)
    for { let end := add(at, shl(5, ${field("instances")})) } lt(at, end) { at := add(at, 0x20) } {
      let distance := add(x, sub(r, row))
      above := add(mulmod(above, distance, r), mulmod(mulmod(mload(at), row, r), below, r))
      below := mulmod(below, distance, r)
      row := mulmod(row, omega, r)
    }
    ${store("instance", "above")}
    ${store("inverseInstance", "below")}
  }
  {
    let mu := ${load("mu")}
    let slot := ${hex(slotAt("toMu"))}
    let at := ${field("rotations")}
    for { let end := ${field("rotationsEnd")} } lt(at, end) { at := add(at, 0x20) } {
      mstore(slot, add(mu, sub(r, mulmod(x, mload(at), r))))
      slot := add(slot, 0x20)
    }
  }
  ${store("inverseLacks", product("lacks"))}`;

/** The product of the three factors that a header names. */
export function product(name: "lacks" | "has"): string {
  const at = fieldAt(name);
  return `mulmod(mulmod(${named(hex(at))}, ${named(hex(at + 2))}, r), ${named(hex(at + 4))}, r)`;
}

/** Computes what the constraints need of the rows. */
export const ROWS = `
{${DISTANCES}
}
{
  let all := 1
  for { let slot := ${hex(FIRST)} } lt(slot, ${hex(END)}) { slot := add(slot, 0x20) } {
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
  for { let slot := ${hex(END)} } gt(slot, ${hex(FIRST)}) {} {
    slot := sub(slot, 0x20)
    let value := mload(slot)
    mstore(slot, mulmod(all, mload(add(slot, ${hex(KEEP)})), r))
    all := mulmod(all, value, r)
  }
}
{
  let inverse := ${load("inverseX")}
  ${store("inverseX2", "mulmod(inverse, inverse, r)")}
  let common := mulmod(add(${load("powered")}, sub(r, 1)), ${word("rowsInverse")}, r)
  ${store("first", `mulmod(common, ${load("inverseFirst")}, r)`)}
  let last := mulmod(mulmod(common, ${word("omegaEnd")}, r), ${load("inverseLast")}, r)
  ${store("last", "last")}
  let blind := mulmod(mulmod(common, ${load("blind")}, r), ${load("inverseBlind")}, r)
  ${store("active", "addmod(sub(add(r, 1), last), sub(r, blind), r)")}
  ${store("instance", `mulmod(mulmod(common, ${load("instance")}, r), ${load("inverseInstance")}, r)`)}
}`;
