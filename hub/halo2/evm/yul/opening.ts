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
import { SUM, wordAt } from "../memory.ts";
import { product } from "./rows.ts";
import { field, hex, load, named, store, word } from "./text.ts";

const CURVE = `
// Adds the point at 0 times the number at 0x40 to the sum.
function addTimes() -> ok {
  ok := and(
    staticcall(gas(), 6, 0xa0, 0x80, ${hex(SUM)}, 0x40),
    staticcall(gas(), 7, 0x00, 0x60, 0xa0, 0x40)
  )
}

// What is at 0 times the number at 0x40, and a point, are put at 0.
function chainPoint(point) -> ok {
  mcopy(0xa0, point, 0x40)
  ok := and(
    staticcall(gas(), 6, 0x60, 0x80, 0x00, 0x40),
    staticcall(gas(), 7, 0x00, 0x60, 0x60, 0x40)
  )
}

// The same for points that lie one before the other: the product is laid where the point before was, beside the next.
function chainPoints(point, end) -> ok {
  ok := 1
  for {} 1 { point := sub(point, 0x40) } {
    if eq(point, end) { leave }
    ok := and(
      and(ok, staticcall(gas(), 6, point, 0x80, 0x00, 0x40)),
      staticcall(gas(), 7, 0x00, 0x60, add(point, 0x40), 0x40)
    )
  }
}

// Leaves at 0 the sum of runs of points by powers of a number.
function chain(run, end, scalar) -> ok {
  ok := 1
  for {} lt(run, end) { run := add(run, 6) } {
    let record := mload(run)
    let point := and(shr(224, record), 0xffff)
    let step := and(shr(208, record), 0xffff)
    let last := sub(point, mul(step, sub(and(shr(240, record), 0xff), 1)))
    let gap := shr(248, record)
    switch gap
    case 0 { mcopy(0x00, point, 0x40) }
    default {
      let power := scalar
      for {} gt(gap, 1) { gap := sub(gap, 1) } { power := mulmod(power, scalar, ${word("r")}) }
      mstore(0x40, power)
      ok := and(ok, chainPoint(point))
    }
    mstore(0x40, scalar)
    switch step
    case 0x40 { ok := and(ok, chainPoints(sub(point, 0x40), sub(last, 0x40))) }
    default {
      for {} sub(point, last) {} {
        point := sub(point, step)
        ok := and(ok, chainPoint(point))
      }
    }
  }
}`;

/** One value of a run. */
const TAKE = `
    {
      let v := mload(from)
      ok := and(ok, lt(v, r))
      value := add(mulmod(value, zeta, r), v)
      from := sub(from, step)
    }`;

const VALUES = `
// Goes on with a sum of values by powers of zeta; says whether all are numbers of the field.
function foldValues(before, from, step, count) -> value, ok {
  let r := ${word("r")}
  let zeta := ${load("zeta")}
  value := before
  ok := 1
  for {} gt(count, 2) { count := sub(count, 3) } {${TAKE}${TAKE}${TAKE}
  }
  for {} 1 { count := sub(count, 1) } {
    if iszero(count) { leave }${TAKE}
  }
}

function foldRuns(run, end) -> value, ok {
  ok := 1
  for {} 1 {} {
    let record := mload(run)
    let good
    value, good := foldValues(value, and(shr(232, record), 0xffff), and(shr(216, record), 0xffff), shr(248, record))
    ok := and(ok, good)
    run := add(run, 5)
    if eq(run, end) { leave }
  }
}

// A Lagrange polynomial at mu.
function basis(at) -> value {
  let r := ${word("r")}
  value := mulmod(${named("at")}, ${named("add(at, 2)")}, r)
  value := mulmod(value, ${named("add(at, 4)")}, r)
  value := mulmod(value, ${named("add(at, 6)")}, r)
  value := mulmod(value, ${named("add(at, 8)")}, r)
}

// The remainders of a group, and where their records end.
function remainders(at, count) -> next, rest, ok {
  ok := 1
  for {} 1 {} {
    next := at
    if iszero(count) { leave }
    let run := add(at, 11)
    let end := add(run, mul(5, byte(10, mload(at))))
    let value, good := foldRuns(run, end)
    ok := and(ok, good)
    rest := addmod(rest, mulmod(value, basis(at), ${word("r")}), ${word("r")})
    at := end
    count := sub(count, 1)
  }
}

// nu^g times the product over the points that the group lacks, over that of the first group.
function groupFactor(at) -> factor {
  let r := ${word("r")}
  let weight := ${load("weight")}
  factor := mulmod(mulmod(${named("at")}, ${named("add(at, 2)")}, r), mulmod(${named("add(at, 4)")}, weight, r), r)
  ${store("weight", `mulmod(weight, ${load("nu")}, r)`)}
}

function addGroup(at) -> next, ok {
  let isFirst := eq(at, ${field("groups")})
  let counts := mload(add(at, 6))
  let factor := groupFactor(at)
  {
    let rest
    next, rest, ok := remainders(add(at, 8), shr(248, counts))
    ${store("rest", `addmod(${load("rest")}, mulmod(factor, rest, ${word("r")}), ${word("r")})`)}
  }
  at := next
  next := add(at, mul(6, and(shr(240, counts), 0xff)))
  ok := and(ok, chain(at, next, ${load("zeta")}))
  // The first group's factor is 1.
  if isFirst {
    mcopy(${hex(SUM)}, 0x00, 0x40)
    leave
  }
  mstore(0x40, factor)
  ok := and(ok, addTimes())
}`;

/** The groups, and all that is added to them. */
export const OPENING = `${CURVE}
${VALUES}

function addGroups() -> ok {
  ok := chain(${field("pieces")}, ${field("piecesEnd")}, ${load("powered")})
  mcopy(${field("quotient")}, 0x00, 0x40)
  ${store("rest", "0")}
  ${store("weight", load("inverseLacks"))}
  for { let at := ${field("groups")} } lt(at, ${field("groupsEnd")}) {} {
    let good
    at, good := addGroup(at)
    ok := and(ok, good)
  }
}

// Columns without a commitment are zero.
function zerosAreZero() -> ok {
  let some := 0
  let end := ${field("zerosEnd")}
  for { let at := ${field("zeros")} } lt(at, end) { at := add(at, 2) } { some := or(some, ${named("at")}) }
  ok := iszero(some)
}

// Whether the sum and the opening's last point are those of an opening that holds.
function opens() -> ok {
  let r := ${word("r")}
  mstore(0x00, 1)
  mstore(0x20, 2)
  mstore(0x40, sub(r, ${load("rest")}))
  ok := addTimes()
  let point := ${field("opening")}
  mcopy(0x00, point, 0x40)
  mstore(0x40, sub(r, ${product("has")}))
  ok := and(ok, addTimes())
  point := add(point, 0x40)
  mcopy(0x00, point, 0x40)
  mstore(0x40, ${load("mu")})
  ok := and(ok, addTimes())
  mcopy(${hex(SUM + 0x40)}, ${hex(wordAt("g2"))}, 0x80)
  mcopy(${hex(SUM + 0xc0)}, point, 0x40)
  mcopy(${hex(SUM + 0x100)}, ${hex(wordAt("secret"))}, 0x80)
  ok := and(ok, staticcall(gas(), 8, ${hex(SUM)}, 0x180, 0x00, 0x20))
  ok := and(ok, mload(0x00))
}`;
