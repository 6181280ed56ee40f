/**
 * The second part of the Yul body: the challenges, each a hash of what was said since the one
 * before and of that one.
 * @module
 */
import { fieldAt, slotAt } from "../memory.ts";
import { field, hex, store, word } from "./text.ts";

/** Draws the eight challenges. */
export const CHALLENGES = `
// A challenge: the last one stands before what was said since, for as long as it takes to hash both.
function squeeze(last, at, size) -> next {
  if iszero(size) {
    // Two challenges in a row would be hashes of the same 32 bytes, so a byte is put behind them.
    mstore(0x00, last)
    mstore8(0x20, 1)
    next := keccak256(0x00, 0x21)
    leave
  }
  at := sub(at, 0x20)
  let kept := mload(at)
  mstore(at, last)
  next := keccak256(at, add(size, 0x20))
  mstore(at, kept)
}

function drawChallenges() {
  let size := ${field("adviceBytes")}
  let said := keccak256(${field("said")}, add(0x20, add(shl(5, ${field("instances")}), size)))
  ${store("theta", `mod(said, ${word("r")})`)}
  let at := add(${field("proof")}, size)
  let round := ${hex(fieldAt("rounds"))}
  for { let slot := ${hex(slotAt("beta"))} } lt(slot, ${hex(slotAt("mu") + 32)}) { slot := add(slot, 0x20) } {
    size := shr(240, mload(round))
    said := squeeze(said, at, size)
    mstore(slot, mod(said, ${word("r")}))
    at := add(at, size)
    round := add(round, 2)
  }
}`;
