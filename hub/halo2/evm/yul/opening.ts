/**
 * The last part of the Yul body: the opening of all commitments at all points, and the pairing.
 *
 * What is opened at the same points is a group, and in a group the commitments and their values
 * are put together by powers of zeta from the highest down (Horner's rule): every
 * multiplication of the curve is by the same number, and its result is the operand of the next
 * one where it lies. A commitment at infinity is passed over by one more power.
 *
 * A group's record: the addresses of three factors of the product over the points that it
 * lacks; the number of its points, and of the runs of its commitments (1 byte each). For each
 * point: the addresses of five factors of its Lagrange polynomial at mu, the number of runs of
 * values (1 byte), and the runs: how many (1 byte), the address of the first, and how far it is
 * to the next, downwards. Then runs of commitments: the power of zeta before the first (1 byte,
 * 0 where the sum begins), how many (1 byte), address and distance.
 * @module
 */
import { SUM } from "../memory.ts";
import { product } from "./rows.ts";
import { field, hex, load, named, word } from "./text.ts";
import { wordAt } from "../memory.ts";

/** Leaves at 0 the sum of runs of points by powers of `scalar`. */
export const CHAIN = `
function chain(run, end, scalar) -> ok {
  ok := 1
  for {} lt(run, end) { run := add(run, 6) } {
    let record := mload(run)
    let point := and(shr(224, record), 0xffff)
    let step := and(shr(208, record), 0xffff)
    let count := and(shr(240, record), 0xff)
    let gap := shr(248, record)
    switch gap
    case 0 {
      mcopy(0x00, point, 0x40)
      point := sub(point, step)
      count := sub(count, 1)
      mstore(0x40, scalar)
    }
    default {
      let power := scalar
      for {} gt(gap, 1) { gap := sub(gap, 1) } { power := mulmod(power, scalar, ${word("r")}) }
      mstore(0x40, power)
    }
    for {} count { count := sub(count, 1) } {
      mcopy(0xa0, point, 0x40)
      ok := and(
        and(ok, staticcall(gas(), 6, 0x60, 0x80, 0x00, 0x40)),
        staticcall(gas(), 7, 0x00, 0x60, 0x60, 0x40)
      )
      mstore(0x40, scalar)
      point := sub(point, step)
    }
  }
}`;

/** Adds the point at 0 times the number at 0x40 to the sum. */
export const ADD_TIMES = `
function addTimes() -> ok {
  ok := and(
    staticcall(gas(), 6, 0xa0, 0x80, ${hex(SUM)}, 0x40),
    staticcall(gas(), 7, 0x00, 0x60, 0xa0, 0x40)
  )
}`;

/** One value of a run. */
const TAKE = `
      {
        let v := mload(from)
        ok := and(ok, lt(v, modulus))
        value := add(mulmod(value, zeta, modulus), v)
        from := sub(from, step)
      }`;

/** The sum of runs of values by powers of zeta, and whether all are numbers of the field. */
export const FOLD_RUNS = `
function foldRuns(run, end) -> value, ok {
  let modulus := ${word("r")}
  let zeta := ${load("zeta")}
  ok := 1
  for {} lt(run, end) { run := add(run, 5) } {
    let from := mload(run)
    let count := shr(248, from)
    let step := and(shr(216, from), 0xffff)
    from := and(shr(232, from), 0xffff)
    for {} gt(count, 3) { count := sub(count, 4) } {${TAKE}${TAKE}${TAKE}${TAKE}
    }
    for {} count { count := sub(count, 1) } {${TAKE}
    }
  }
}`;

/** The groups, and all that is added to them. */
export const OPENING = `
{
  let ok := chain(${field("pieces")}, ${field("piecesEnd")}, ${load("powered")})
  mcopy(${field("quotient")}, 0x00, 0x40)
  let rest := 0
  let weight := ${load("inverseLacks")}
  let isFirst := 1
  for { let at := ${field("groups")} } lt(at, ${field("groupsEnd")}) {} {
    let factor := mulmod(mulmod(${named("at")}, ${named("add(at, 2)")}, r), mulmod(${named("add(at, 4)")}, weight, r), r)
    weight := mulmod(weight, ${load("nu")}, r)
    let counts := mload(add(at, 6))
    at := add(at, 8)
    for { let points := shr(248, counts) } points { points := sub(points, 1) } {
      let runs := add(at, 11)
      let end := add(runs, mul(5, shr(248, mload(add(at, 10)))))
      let value, good := foldRuns(runs, end)
      ok := and(ok, good)
      value := mulmod(mulmod(value, factor, r), mulmod(${named("at")}, ${named("add(at, 2)")}, r), r)
      value := mulmod(value, mulmod(${named("add(at, 4)")}, mulmod(${named("add(at, 6)")}, ${named("add(at, 8)")}, r), r), r)
      rest := addmod(rest, value, r)
      at := end
    }
    {
      let end := add(at, mul(6, and(shr(240, counts), 0xff)))
      ok := and(ok, chain(at, end, ${load("zeta")}))
      at := end
    }
    // The first group's factor is 1.
    switch isFirst
    case 1 {
      mcopy(${hex(SUM)}, 0x00, 0x40)
      isFirst := 0
    }
    default {
      mstore(0x40, factor)
      ok := and(ok, addTimes())
    }
  }
  // Columns without a commitment are zero.
  {
    let some := 0
    let end := ${field("zerosEnd")}
    for { let at := ${field("zeros")} } lt(at, end) { at := add(at, 2) } { some := or(some, ${named("at")}) }
    ok := and(ok, iszero(some))
  }
  mstore(0x00, 1)
  mstore(0x20, 2)
  mstore(0x40, sub(r, rest))
  ok := and(ok, addTimes())
  let witness := ${field("opening")}
  mcopy(0x00, witness, 0x40)
  mstore(0x40, sub(r, ${product("has")}))
  ok := and(ok, addTimes())
  witness := add(witness, 0x40)
  mcopy(0x00, witness, 0x40)
  mstore(0x40, ${load("mu")})
  ok := and(ok, addTimes())
  mcopy(${hex(SUM + 0x40)}, ${hex(wordAt("g2"))}, 0x80)
  mcopy(${hex(SUM + 0xc0)}, witness, 0x40)
  mcopy(${hex(SUM + 0x100)}, ${hex(wordAt("secret"))}, 0x80)
  ok := and(ok, staticcall(gas(), 8, ${hex(SUM)}, 0x180, 0x00, 0x20))
  if iszero(and(ok, mload(0x00))) { revert(0, 0) }
  mstore(0x00, 1)
  return(0x00, 0x20)
}`;
