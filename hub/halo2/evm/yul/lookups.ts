/**
 * The sixth part of the Yul body: the lookups. An input is on · (cells - default) + default,
 * folded by powers of theta, where on is a selector that may also say which column of a wide
 * table is meant; all inputs of one table share its default.
 *
 * A table's record: the number of its arguments (2 bytes), of its columns (1), the addresses of
 * its selector and of the factor of its default, those of its columns, those of the default's
 * parts. An argument's: the numbers of inputs that are on somewhere and that are on nowhere (1
 * byte each), and for each of the first the address of its selector, the table's columns, the
 * one that is meant (1 byte each), the address of the cell that says so, those of the cells.
 * @module
 */
import { field, load, named, store, word } from "./text.ts";

/** Adds the constraints of the lookups to the sum, three for each argument. */
export const LOOKUPS = `
// The numbers whose addresses stand in a range, folded by powers of theta.
function fold(at, end) -> value {
  value := ${named("at")}
  for {} 1 {} {
    at := add(at, 2)
    if eq(at, end) { leave }
    value := addmod(mulmod(value, ${load("theta")}, ${word("r")}), ${named("at")}, ${word("r")})
  }
}

// Not zero where the cell of an input says that its column of the table is meant, zero where it says another.
function columnMeant(record) -> value {
  let r := ${word("r")}
  let cell := mload(and(shr(208, record), 0xffff))
  let own := and(shr(224, record), 0xff)
  let other := and(shr(232, record), 0xff)
  value := 1
  if own { value := cell }
  for {} 1 {} {
    other := sub(other, 1)
    if iszero(other) { leave }
    if sub(other, own) { value := mulmod(value, add(other, sub(r, cell)), r) }
  }
}

// The input at a record, folded.
function foldInput(at, width, factor) -> input {
  let r := ${word("r")}
  let on := mload(at)
  at := add(at, 6)
  input := mulmod(add(fold(at, add(at, width)), ${load("default")}), mload(shr(240, on)), r)
  if gt(and(shr(232, on), 0xff), 1) { input := mulmod(input, columnMeant(on), r) }
  input := add(input, factor)
}

// The product of all inputs of an argument, and the sum of the products that leave one of them out.
function foldInputs(at, width, factor) -> next, product, others {
  let on := mload(at)
  let off := byte(1, on)
  on := byte(0, on)
  next := add(at, 2)
  let r := ${word("r")}
  product := 1
  for {} off { off := sub(off, 1) } {
    others := add(mulmod(others, factor, r), product)
    product := mulmod(product, factor, r)
  }
  for {} 1 { on := sub(on, 1) } {
    if iszero(on) { leave }
    {
      let input := foldInput(next, width, factor)
      others := add(mulmod(others, input, r), product)
      product := mulmod(product, input, r)
    }
    next := add(next, add(width, 6))
  }
}

// A sum of 1 / input less count / table that begins and ends with 0 and grows from row to row, multiplied out.
function addArgument(before, phi, product, others) -> all {
  let r := ${word("r")}
  let here := mload(phi)
  others := add(
    mulmod(
      ${load("table")},
      add(mulmod(product, add(mload(add(phi, 0x20)), sub(r, here)), r), sub(add(r, r), others)),
      r
    ),
    mulmod(mload(add(phi, 0x40)), product, r)
  )
  all := add(mulmod(before, ${load("cube")}, r), mulmod(${load("ends")}, here, r))
  all := add(all, mulmod(${load("active")}, others, r))
}

// A table's row at x, and the row that is asked for where a lookup is off; the factor of that one is given back.
function keepTable(at, width) -> factor {
  let r := ${word("r")}
  ${store("table", `add(mulmod(fold(at, add(at, width)), ${named("sub(at, 4)")}, r), ${load("beta")})`)}
  factor := ${named("sub(at, 2)")}
  at := add(at, width)
  let asked := fold(at, add(at, width))
  factor := addmod(mulmod(factor, asked, r), ${load("beta")}, r)
  ${store("default", "sub(r, asked)")}
}

function addLookups(before) -> all {
  all := before
  {
    let r := ${word("r")}
    let y := ${load("y")}
    ${store("ends", `mulmod(y, add(mulmod(${load("first")}, y, r), ${load("last")}), r)`)}
    ${store("cube", "mulmod(mulmod(y, y, r), y, r)")}
  }
  let phi := ${field("sums")}
  for { let at := ${field("lookups")} } lt(at, ${field("lookupsEnd")}) {} {
    let left := mload(at)
    let width := shl(1, and(shr(232, left), 0xff))
    left := shr(240, left)
    at := add(at, 7)
    let factor := keepTable(at, width)
    at := add(at, shl(1, width))
    for {} left { left := sub(left, 1) } {
      switch shr(240, mload(at))
      // By far the most have one input, which is off in every row, or on in some.
      case 0x0001 {
        all := addArgument(all, phi, factor, 1)
        at := add(at, 2)
      }
      case 0x0100 {
        all := addArgument(all, phi, foldInput(add(at, 2), width, factor), 1)
        at := add(at, add(width, 8))
      }
      default {
        let product, others
        at, product, others := foldInputs(at, width, factor)
        all := addArgument(all, phi, product, others)
      }
      phi := add(phi, 0x60)
    }
  }
}`;
