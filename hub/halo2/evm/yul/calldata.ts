/**
 * The first part of the Yul body: takes the call data apart. There is one way to write a proof
 * as call data, and nothing else is taken: the same bytes are then hashed and computed with.
 * @module
 */
import { field, hex, word } from "./text.ts";

/** `head` is where the arguments' offsets begin in the call data. */
export function calldataPart(head: number): string {
  return `
// Only the one way to write the arguments is taken.
{
  let size := ${field("proofBytes")}
  let count := ${field("instances")}
  let words := shl(5, count)
  if iszero(and(
    and(
      eq(calldatasize(), add(${hex(head + 0x80)}, add(size, words))),
      eq(calldataload(${hex(head)}), ${hex(head - 4 + 0x40)})
    ),
    and(
      eq(calldataload(${hex(head + 0x20)}), add(${hex(head - 4 + 0x60)}, size)),
      and(
        eq(calldataload(${hex(head + 0x40)}), size),
        eq(calldataload(add(${hex(head + 0x60)}, size)), count)
      )
    )
  )) { revert(0, 0) }
  calldatacopy(${field("proof")}, ${hex(head + 0x60)}, size)
  // What comes before the first challenge: the digest, the instances, the advice commitments.
  let at := ${field("said")}
  mstore(at, ${word("digest")})
  at := add(at, 0x20)
  calldatacopy(at, add(${hex(head + 0x80)}, size), words)
  let end := add(at, words)
  mcopy(end, ${field("proof")}, ${field("adviceBytes")})
  let ok := 1
  for {} lt(at, end) { at := add(at, 0x20) } { ok := and(ok, lt(mload(at), r)) }
  // A precompile takes all gas that it is given where a point is none, so points are checked before.
  at := ${field("proof")}
  ok := and(ok, onCurve(at, ${field("values")}))
  at := ${field("opening")}
  ok := and(ok, onCurve(at, add(at, 0x80)))
  if iszero(ok) { revert(0, 0) }
}`;
}

/** Whether all points of a range are on the curve, in their shortest form, and not (0, 0). */
export const ON_CURVE = `
function onCurve(at, end) -> ok {
  let p := ${word("p")}
  ok := 1
  for {} lt(at, end) { at := add(at, 0x40) } {
    let x := mload(at)
    let y := mload(add(at, 0x20))
    ok := and(
      and(ok, and(lt(x, p), lt(y, p))),
      eq(mulmod(y, y, p), addmod(mulmod(x, mulmod(x, x, p), p), 3, p))
    )
  }
}`;
