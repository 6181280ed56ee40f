/**
 * The fifth part of the Yul body: the permutation, whose products begin with 1 or where the
 * one before ended, and grow by a factor for each column.
 * @module
 */
import { field, load, named, word } from "./text.ts";

/** Adds the constraints of the permutation to the sum. */
export const PERMUTATION = `
{
  let y := ${load("y")}
  let z := ${field("products")}
  {
    let first := ${load("first")}
    let last := ${field("lastProduct")}
    all := add(mulmod(all, y, r), mulmod(first, sub(add(r, 1), mload(z)), r))
    let value := mload(last)
    all := add(mulmod(all, y, r), mulmod(${load("last")}, mulmod(value, add(value, sub(r, 1)), r), r))
    for { let at := z } lt(at, last) {} {
      let end := mload(add(at, 0x40))
      at := add(at, 0x60)
      all := add(mulmod(all, y, r), mulmod(first, add(mload(at), sub(r, end)), r))
    }
  }
  let sigma := ${field("sigmas")}
  let name := mulmod(${load("beta")}, ${load("x")}, r)
  let column := ${field("columns")}
  for { let end := ${field("columnsEnd")} } lt(column, end) { z := add(z, 0x60) } {
    let left := mload(add(z, 0x20))
    let right := mload(z)
    let limit := add(column, ${field("chunk")})
    if gt(limit, end) { limit := end }
    for {} lt(column, limit) { column := add(column, 2) } {
      let cell := add(${named("column")}, ${load("gamma")})
      left := mulmod(left, add(cell, mulmod(${load("beta")}, mload(sigma), r)), r)
      right := mulmod(right, add(cell, name), r)
      name := mulmod(name, ${word("delta")}, r)
      sigma := add(sigma, 0x20)
    }
    all := add(mulmod(all, y, r), mulmod(${load("active")}, add(left, sub(r, right)), r))
  }
}`;
