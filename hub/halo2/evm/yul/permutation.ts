/**
 * The fifth part of the Yul body: the permutation, whose products begin with 1 or where the
 * one before ended, and grow by a factor for each column.
 * @module
 */
import { field, load, named, store, word } from "./text.ts";

/** Adds the constraints of the permutation to the sum. */
export const PERMUTATION = `
// Where the products begin and end.
function addEnds(before) -> all {
  let r := ${word("r")}
  let y := ${load("y")}
  let z := ${field("products")}
  let last := ${field("lastProduct")}
  all := add(mulmod(before, y, r), mulmod(${load("first")}, sub(add(r, 1), mload(z)), r))
  let value := mload(last)
  all := add(mulmod(all, y, r), mulmod(${load("last")}, mulmod(value, add(value, sub(r, 1)), r), r))
  for {} 1 {} {
    if iszero(lt(z, last)) { leave }
    value := mload(add(z, 0x40))
    z := add(z, 0x60)
    all := add(mulmod(all, y, r), mulmod(${load("first")}, add(mload(z), sub(r, value)), r))
  }
}

// The factors of columns: of what is in their cells with the names of where it should be, and of where it is.
function addFactors(column, limit, sigma, z) -> left, right {
  let r := ${word("r")}
  left := mload(add(z, 0x20))
  right := mload(z)
  for {} 1 {} {
    let cell := add(${named("column")}, ${load("gamma")})
    left := mulmod(left, add(cell, mulmod(${load("beta")}, mload(sigma), r)), r)
    right := mulmod(right, add(cell, ${load("name")}), r)
    ${store("name", `mulmod(${load("name")}, ${word("delta")}, r)`)}
    column := add(column, 2)
    if eq(column, limit) { leave }
    sigma := add(sigma, 0x20)
  }
}

function addProducts(before) -> all {
  all := before
  let z := ${field("products")}
  let sigma := ${field("sigmas")}
  ${store("name", `mulmod(${load("beta")}, ${load("x")}, ${word("r")})`)}
  let column := ${field("columns")}
  for {} lt(column, ${field("columnsEnd")}) {} {
    let limit := add(column, ${field("chunk")})
    if gt(limit, ${field("columnsEnd")}) { limit := ${field("columnsEnd")} }
    {
      let left, right := addFactors(column, limit, sigma, z)
      let r := ${word("r")}
      all := add(mulmod(all, ${load("y")}, r), mulmod(${load("active")}, add(left, sub(r, right)), r))
    }
    sigma := add(sigma, shl(4, sub(limit, column)))
    column := limit
    z := add(z, 0x60)
  }
}`;
