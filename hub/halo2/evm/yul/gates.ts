/**
 * The fourth part of the Yul body: the gates. A run of gates of one kind whose cells stand in
 * a row of columns is one record: five addresses, and how far each moves from gate to gate.
 *
 * The addresses are packed in one word and moved by one addition.
 * @module
 */
import { field, load, word } from "./text.ts";

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
  /** Nothing but gates before it that are zero. */
  gap: 7,
} as const;

/** The kind of a run. */
export type Kind = keyof typeof KINDS;

/** The addresses of a gate, packed in `at` from the highest. */
const X = "shr(64, at)";
const Y = "and(shr(48, at), 0xffff)";
const OUTPUT = "and(shr(32, at), 0xffff)";
const FIRST = "and(shr(16, at), 0xffff)";
const SELECTOR = "and(at, 0xffff)";

/** A loop over the gates of a run that adds each to the sum: the selector times `value`, which `body` works out. */
function loop(kind: Kind, body: string, value: string): string {
  return `
function ${kind}Gates(before, at, step, count, inner) -> all {
  all := before
  let r := ${word("r")}
  let y := ${load("y")}
  for {} 1 {} {
    let value
    {${body}
    }
    all := add(mulmod(all, y, r), mulmod(mload(${SELECTOR}), ${value}, r))
    count := sub(count, 1)
    if iszero(count) { leave }
    at := add(at, step)
  }
}
`;
}

/** A selector of a column that several share is the column's value times its distance from all other members' numbers. */
export const SELECTORS = `
function shareTwo(record, q) {
  let r := ${word("r")}
  mstore(and(shr(216, record), 0xffff), mulmod(q, sub(add(r, 2), q), r))
  mstore(and(shr(200, record), 0xffff), mulmod(q, sub(add(r, 1), q), r))
}

function shareThree(record, q) {
  let r := ${word("r")}
  let one := sub(add(r, 1), q)
  let two := add(one, 1)
  let common := mulmod(q, add(one, 2), r)
  mstore(and(shr(216, record), 0xffff), mulmod(common, two, r))
  mstore(and(shr(200, record), 0xffff), mulmod(common, one, r))
  mstore(and(shr(184, record), 0xffff), mulmod(mulmod(q, one, r), two, r))
}

// From the left and then from the right, without the member itself.
function shareMore(place, last, q) {
  let r := ${word("r")}
  let all := q
  let member := 1
  for {} iszero(gt(member, last)) { member := add(member, 1) } {
    mstore(shr(240, mload(place)), all)
    place := add(place, 2)
    all := mulmod(all, sub(add(r, member), q), r)
  }
  all := 1
  for {} gt(member, 1) {} {
    member := sub(member, 1)
    place := sub(place, 2)
    let slot := shr(240, mload(place))
    mstore(slot, mulmod(mload(slot), all, r))
    all := mulmod(all, sub(add(r, member), q), r)
  }
}

function keepSelectors() {
  let end := ${field("selectorsEnd")}
  for { let at := ${field("selectors")} } lt(at, end) {} {
    let record := mload(at)
    let q := mload(shr(240, record))
    let last := and(shr(232, record), 0xff)
    at := add(at, 3)
    switch last
    case 3 { shareThree(record, q) }
    case 2 { shareTwo(record, q) }
    default { shareMore(at, last, q) }
    at := add(at, shl(1, last))
  }
}`;

/** All gates, as a sum by powers of y. */
export const GATES = `${
  loop(
    "dot",
    `
      value := mload(${FIRST})
      let a := ${X}
      let b := ${Y}
      value := add(value, mulmod(mload(a), mload(b), r))
      for { let more := 0x20 } lt(more, inner) { more := add(more, 0x20) } {
        value := addmod(value, mulmod(mload(add(a, more)), mload(add(b, more)), r), r)
      }`,
    `sub(add(mload(${OUTPUT}), add(r, r)), value)`,
  )
}${
  loop(
    "sum",
    `
      value := mload(${FIRST})
      let b := ${Y}
      value := add(value, mload(b))
      for { let more := 0x20 } lt(more, inner) { more := add(more, 0x20) } {
        value := addmod(value, mload(add(b, more)), r)
      }`,
    `sub(add(mload(${OUTPUT}), add(r, r)), value)`,
  )
}${
  loop(
    "difference",
    `
      value := add(mload(${Y}), sub(r, mload(${X})))`,
    `add(mload(${OUTPUT}), value)`,
  )
}${
  loop(
    "product",
    `
      value := mload(${FIRST})
      let b := ${Y}
      for { let more := 0 } lt(more, inner) { more := add(more, 0x20) } {
        value := mulmod(value, mload(add(b, more)), r)
      }`,
    `add(mload(${OUTPUT}), sub(r, value))`,
  )
}${
  loop(
    "range",
    `
      let b := mload(${Y})
      value := b
      for { let other := sub(shr(5, inner), 1) } other { other := sub(other, 1) } {
        value := mulmod(value, add(b, sub(r, other)), r)
      }`,
    "value",
  )
}
function valueGates(before, at, step, count) -> all {
  all := before
  for {} 1 {} {
    all := add(mulmod(all, ${load("y")}, ${word("r")}), mload(${X}))
    count := sub(count, 1)
    if iszero(count) { leave }
    at := add(at, step)
  }
}

// Steps of a program from x to y, whose results are laid from the output on.
function runProgram(at) {
  let r := ${word("r")}
  let result := ${OUTPUT}
  let end := ${Y}
  for { at := ${X} } 1 {} {
    let operands := mload(at)
    mstore(result, addmod(
      mulmod(mload(shr(240, operands)), mload(and(shr(224, operands), 0xffff)), r),
      mload(and(shr(208, operands), 0xffff)),
      r
    ))
    at := add(at, 6)
    if eq(at, end) { leave }
    result := add(result, 0x20)
  }
}

// Goes past gates that are zero for every proof.
function passOver(before, gap) -> all {
  all := before
  let r := ${word("r")}
  let y := ${load("y")}
  let square := mulmod(y, y, r)
  for {} gt(gap, 1) { gap := sub(gap, 2) } { all := mulmod(all, square, r) }
  if iszero(gap) { leave }
  all := mulmod(all, y, r)
}

function allGates() -> all {
  all := 0
  for { let run := ${field("gates")} } lt(run, ${field("gatesEnd")}) { run := add(run, ${RUN_BYTES}) } {
    let at := mload(run)
    {
      let gap := and(shr(240, at), 0xff)
      switch gap
      case 0 {}
      case 1 { all := mulmod(all, ${load("y")}, ${word("r")}) }
      default { all := passOver(all, gap) }
    }
    let count := and(shr(232, at), 0xff)
    let inner := shl(5, and(shr(224, at), 0xff))
    let step := and(shr(64, at), 0xffffffffffffffffffff)
    let kind := shr(248, at)
    at := and(shr(144, at), 0xffffffffffffffffffff)
    switch kind
    case ${KINDS.dot} { all := dotGates(all, at, step, count, inner) }
    case ${KINDS.sum} { all := sumGates(all, at, step, count, inner) }
    case ${KINDS.difference} { all := differenceGates(all, at, step, count, inner) }
    case ${KINDS.product} { all := productGates(all, at, step, count, inner) }
    case ${KINDS.range} { all := rangeGates(all, at, step, count, inner) }
    case ${KINDS.value} { all := valueGates(all, at, step, count) }
    case ${KINDS.program} { runProgram(at) }
    default {}
  }
}`;
