/**
 * The first part of the Yul body: takes the call data apart. There is one way to write a proof
 * as call data, and nothing else is taken: the same bytes are then hashed and computed with.
 * @module
 */
import { field, hex, word } from "./text.ts";

/** Whether the point at two addresses is one. */
const POINT = (first: string, second: string): string => `
      let x := mload(${first})
      let y := mload(${second})
      ok := and(
        and(ok, and(lt(x, p), lt(y, p))),
        eq(mulmod(y, y, p), addmod(mulmod(x, mulmod(x, x, p), p), 3, p))
      )`;

/** `head` is where the arguments' offsets begin in the call data. */
export function calldataFunctions(head: number): string {
  return `
// Takes call data, if it is written in the one way that there is.
function takeCalldata() {
  let size := ${field("proofBytes")}
  let words := shl(5, ${field("instances")})
  if iszero(and(
    and(
      eq(calldatasize(), add(${hex(head + 0x80)}, add(size, words))),
      eq(calldataload(${hex(head)}), ${hex(head - 4 + 0x40)})
    ),
    and(
      eq(calldataload(${hex(head + 0x20)}), add(${hex(head - 4 + 0x60)}, size)),
      and(
        eq(calldataload(${hex(head + 0x40)}), size),
        eq(calldataload(add(${hex(head + 0x60)}, size)), ${field("instances")})
      )
    )
  )) { revert(0, 0) }
  calldatacopy(${field("proof")}, ${hex(head + 0x60)}, size)
  // What is said before the first challenge: the digest, the instances, the advice commitments.
  let at := ${field("said")}
  mstore(at, ${word("digest")})
  at := add(at, 0x20)
  calldatacopy(at, add(${hex(head + 0x80)}, size), words)
  size := add(at, words)
  mcopy(size, ${field("proof")}, ${field("adviceBytes")})
  for {} 1 { at := add(at, 0x20) } {
    if eq(at, size) { leave }
    if iszero(lt(mload(at), ${word("r")})) { revert(0, 0) }
  }
}

// Whether a range's points are on the curve, in their shortest form, and not (0, 0).
function onCurve(at, end) -> ok {
  let p := ${word("p")}
  ok := 1
  if and(sub(end, at), 0x40) {
${POINT("at", "add(at, 0x20)")}
    at := add(at, 0x40)
  }
  for {} 1 {} {
    if eq(at, end) { leave }
    {${POINT("at", "add(at, 0x20)")}
    }
    {${POINT("add(at, 0x40)", "add(at, 0x60)")}
    }
    at := add(at, 0x80)
  }
}

// A precompile takes all gas that it is given where a point is none, so points are checked before.
function pointsAreSound() -> ok {
  let opening := ${field("opening")}
  ok := and(onCurve(${field("proof")}, ${field("values")}), onCurve(opening, add(opening, 0x80)))
}`;
}
