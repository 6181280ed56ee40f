/**
 * The fourth part of the Yul body: the gates. A run of gates of one kind whose cells stand in
 * a row of columns is one record: five addresses, and how far each moves from gate to gate.
 *
 * The addresses are packed in one word and moved by one addition.
 * @module
 */
import { field, load } from "./text.ts";

/** Bytes of a record of a run. */
export const RUN_BYTES = 24;

/** What a run's gates say of their output; the number is the kind in the record. */
export const KINDS = {
  /** p + x_0 y_0 + x_1 y_1 + .. */
  dot: 0,
  /** p + y_0 + y_1 + .. */
  sum: 1,
  /** x - y */
  difference: 2,
  /** p y_0 y_1 .. */
  product: 3,
  /** No output: y is one of 0, 1, .. */
  range: 4,
  /** No output and no selector: x is the gate. */
  value: 5,
  /** No gate: steps of a program, each a · b + c. */
  program: 6,
} as const;

/** The kind of a run. */
export type Kind = keyof typeof KINDS;

/** Adds a gate to the sum: the selector times `body`. */
function gate(body: string): string {
  return `all := add(mulmod(all, y, r), mulmod(mload(and(at, 0xffff)), ${body}, r))`;
}

/** One case: for each gate of the run, whose packed addresses are `at`. */
function each(kind: Kind, body: string): string {
  return `
    case ${KINDS[kind]} {
      for {} count { count := sub(count, 1) } {${body}
        at := add(at, step)
      }
    }`;
}

const X = "shr(64, at)";
const Y = "and(shr(48, at), 0xffff)";
const OUTPUT = "and(shr(32, at), 0xffff)";
const FIRST = "and(shr(16, at), 0xffff)";

/** A selector of a column that several share is the column's value times its distance from all other members' numbers. */
export const SELECTORS = `
{
  let end := ${field("selectorsEnd")}
  for { let at := ${field("selectors")} } lt(at, end) {} {
    let record := mload(at)
    let q := mload(shr(240, record))
    let last := and(shr(232, record), 0xff)
    switch last
    case 2 {
      mstore(and(shr(216, record), 0xffff), mulmod(q, sub(add(r, 2), q), r))
      mstore(and(shr(200, record), 0xffff), mulmod(q, sub(add(r, 1), q), r))
    }
    case 3 {
      let one := sub(add(r, 1), q)
      let two := add(one, 1)
      let common := mulmod(q, add(one, 2), r)
      mstore(and(shr(216, record), 0xffff), mulmod(common, two, r))
      mstore(and(shr(200, record), 0xffff), mulmod(common, one, r))
      mstore(and(shr(184, record), 0xffff), mulmod(mulmod(q, one, r), two, r))
    }
    default {
      // From the left and then from the right, without the member itself.
      let all := q
      let place := add(at, 3)
      for { let member := 1 } iszero(gt(member, last)) { member := add(member, 1) } {
        mstore(shr(240, mload(place)), all)
        place := add(place, 2)
        all := mulmod(all, sub(add(r, member), q), r)
      }
      all := 1
      for { let member := last } member { member := sub(member, 1) } {
        place := sub(place, 2)
        let slot := shr(240, mload(place))
        mstore(slot, mulmod(mload(slot), all, r))
        all := mulmod(all, sub(add(r, member), q), r)
      }
    }
    at := add(at, add(3, shl(1, last)))
  }
}`;

/** All gates, as a sum by powers of y. */
export const GATES = `
{
  let y := ${load("y")}
  let end := ${field("gatesEnd")}
  for { let run := ${field("gates")} } lt(run, end) { run := add(run, ${RUN_BYTES}) } {
    let at := mload(run)
    // Gates that are zero for every proof are left out.
    for { let gap := and(shr(240, at), 0xff) } gap { gap := sub(gap, 1) } { all := mulmod(all, y, r) }
    let count := and(shr(232, at), 0xff)
    let inner := shl(5, and(shr(224, at), 0xff))
    let step := and(shr(64, at), 0xffffffffffffffffffff)
    let kind := shr(248, at)
    at := and(shr(144, at), 0xffffffffffffffffffff)
    switch kind${
  each(
    "dot",
    `
        let value := mload(${FIRST})
        {
          let a := ${X}
          let b := ${Y}
          value := add(value, mulmod(mload(a), mload(b), r))
          for { let more := 0x20 } lt(more, inner) { more := add(more, 0x20) } {
            value := addmod(value, mulmod(mload(add(a, more)), mload(add(b, more)), r), r)
          }
        }
        ${gate(`sub(add(mload(${OUTPUT}), add(r, r)), value)`)}`,
  )
}${
  each(
    "sum",
    `
        let value := mload(${FIRST})
        {
          let b := ${Y}
          value := add(value, mload(b))
          for { let more := 0x20 } lt(more, inner) { more := add(more, 0x20) } {
            value := addmod(value, mload(add(b, more)), r)
          }
        }
        ${gate(`sub(add(mload(${OUTPUT}), add(r, r)), value)`)}`,
  )
}${
  each(
    "difference",
    `
        ${gate(`add(mload(${OUTPUT}), add(mload(${Y}), sub(r, mload(${X}))))`)}`,
  )
}${
  each(
    "product",
    `
        let value := mload(${FIRST})
        let b := ${Y}
        for { let more := 0 } lt(more, inner) { more := add(more, 0x20) } {
          value := mulmod(value, mload(add(b, more)), r)
        }
        ${gate(`add(mload(${OUTPUT}), sub(r, value))`)}`,
  )
}${
  each(
    "range",
    `
        let b := mload(${Y})
        let value := b
        for { let member := sub(shr(5, inner), 1) } member { member := sub(member, 1) } {
          value := mulmod(value, add(b, sub(r, member)), r)
        }
        ${gate("value")}`,
  )
}${
  each(
    "value",
    `
        all := add(mulmod(all, y, r), mload(${X}))`,
  )
}
    default {
      // Steps of a program from x to y, whose results are laid from the output on.
      let result := ${OUTPUT}
      let limit := ${Y}
      for { at := ${X} } lt(at, limit) { at := add(at, 6) } {
        let operands := mload(at)
        mstore(result, addmod(
          mulmod(mload(shr(240, operands)), mload(and(shr(224, operands), 0xffff)), r),
          mload(and(shr(208, operands), 0xffff)),
          r
        ))
        result := add(result, 0x20)
      }
    }
  }
}`;
