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

/** The numbers whose addresses stand from `at` to `end`, folded. */
export const FOLD = `
function fold(at, end, modulus) -> value {
  value := ${named("at")}
  for { at := add(at, 2) } lt(at, end) { at := add(at, 2) } {
    value := addmod(mulmod(value, ${load("theta")}, modulus), ${named("at")}, modulus)
  }
}`;

/** Not zero where the cell of an input says that the input's column of the table is meant, zero where it says another. */
export const COLUMN_MEANT = `
function columnMeant(record) -> value {
  let modulus := ${word("r")}
  let cell := mload(and(shr(208, record), 0xffff))
  let own := and(shr(224, record), 0xff)
  value := 1
  if own { value := cell }
  let other := and(shr(232, record), 0xff)
  for {} gt(other, 1) {} {
    other := sub(other, 1)
    if sub(other, own) { value := mulmod(value, add(other, sub(modulus, cell)), modulus) }
  }
}`;

/** Adds the constraints of the lookups to the sum, three for each argument. */
export const LOOKUPS = `
{
  // The first two say that phi is zero in two rows, the third is a sum of fractions, multiplied out.
  {
    let y := ${load("y")}
    ${store("ends", `mulmod(y, add(mulmod(${load("first")}, y, r), ${load("last")}), r)`)}
    ${store("cube", "mulmod(mulmod(y, y, r), y, r)")}
  }
  let phi := ${field("sums")}
  for { let at := ${field("lookups")} } lt(at, ${field("lookupsEnd")}) {} {
    let arguments := mload(at)
    let width := shl(1, and(shr(232, arguments), 0xff))
    arguments := shr(240, arguments)
    at := add(at, 7)
    ${store("table", `add(mulmod(fold(at, add(at, width), r), ${named("sub(at, 4)")}, r), ${load("beta")})`)}
    let factor := ${named("sub(at, 2)")}
    at := add(at, width)
    {
      let asked := fold(at, add(at, width), r)
      factor := addmod(mulmod(factor, asked, r), ${load("beta")}, r)
      ${store("default", "sub(r, asked)")}
    }
    at := add(at, width)
    for {} arguments { arguments := sub(arguments, 1) } {
      // The product of all inputs, and the sum of the products that leave one of them out.
      let product := 1
      let others := 0
      let counts := mload(at)
      at := add(at, 2)
      for { let left := and(shr(240, counts), 0xff) } left { left := sub(left, 1) } {
        others := add(mulmod(others, factor, r), product)
        product := mulmod(product, factor, r)
      }
      for { let left := shr(248, counts) } left { left := sub(left, 1) } {
        let on := mload(at)
        at := add(at, 6)
        let input := add(fold(at, add(at, width), r), ${load("default")})
        at := add(at, width)
        input := mulmod(input, mload(shr(240, on)), r)
        if gt(and(shr(232, on), 0xff), 1) { input := mulmod(input, columnMeant(on), r) }
        input := add(input, factor)
        others := add(mulmod(others, input, r), product)
        product := mulmod(product, input, r)
      }
      let here := mload(phi)
      others := add(
        mulmod(${load("table")}, add(mulmod(product, add(mload(add(phi, 0x20)), sub(r, here)), r), sub(add(r, r), others)), r),
        mulmod(mload(add(phi, 0x40)), product, r)
      )
      all := add(add(mulmod(all, ${load("cube")}, r), mulmod(${load("ends")}, here, r)), mulmod(${load("active")}, others, r))
      phi := add(phi, 0x60)
    }
  }
}`;
