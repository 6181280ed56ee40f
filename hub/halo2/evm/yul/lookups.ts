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
import { field, load, named } from "./text.ts";

/** The numbers whose addresses stand from `at` to `end`, folded. */
export const FOLD = `
function fold(at, end, r) -> value {
  value := ${named("at")}
  for { at := add(at, 2) } lt(at, end) { at := add(at, 2) } {
    value := addmod(mulmod(value, ${load("theta")}, r), ${named("at")}, r)
  }
}`;

/** Adds the constraints of the lookups to the sum, three for each argument. */
export const LOOKUPS = `
{
  // The first two are zero for phi = 0 in two rows, the third is multiplied out.
  let ends
  let cube
  {
    let y := ${load("y")}
    ends := mulmod(y, add(mulmod(${load("first")}, y, r), ${load("last")}), r)
    cube := mulmod(mulmod(y, y, r), y, r)
  }
  let phi := ${field("sums")}
  for { let at := ${field("lookups")} } lt(at, ${field("lookupsEnd")}) {} {
    let arguments := mload(at)
    let width := shl(1, and(shr(232, arguments), 0xff))
    arguments := shr(240, arguments)
    at := add(at, 7)
    let table := add(mulmod(fold(at, add(at, width), r), ${named("sub(at, 4)")}, r), ${load("beta")})
    let factor := ${named("sub(at, 2)")}
    at := add(at, width)
    let default_ := fold(at, add(at, width), r)
    at := add(at, width)
    factor := addmod(mulmod(factor, default_, r), ${load("beta")}, r)
    default_ := sub(r, default_)
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
        let input := add(fold(at, add(at, width), r), default_)
        at := add(at, width)
        input := mulmod(input, mload(shr(240, on)), r)
        {
          let columns := and(shr(232, on), 0xff)
          if gt(columns, 1) {
            let cell := mload(and(shr(208, on), 0xffff))
            let own := and(shr(224, on), 0xff)
            if own { input := mulmod(input, cell, r) }
            for { let other := 1 } lt(other, columns) { other := add(other, 1) } {
              if sub(other, own) { input := mulmod(input, add(other, sub(r, cell)), r) }
            }
          }
        }
        input := add(input, factor)
        others := add(mulmod(others, input, r), product)
        product := mulmod(product, input, r)
      }
      let here := mload(phi)
      others := add(
        mulmod(table, add(mulmod(product, add(mload(add(phi, 0x20)), sub(r, here)), r), sub(add(r, r), others)), r),
        mulmod(mload(add(phi, 0x40)), product, r)
      )
      all := add(add(mulmod(all, cube, r), mulmod(ends, here, r)), mulmod(${load("active")}, others, r))
      phi := add(phi, 0x60)
    }
  }
}`;
