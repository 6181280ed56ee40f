/**
 * The second part of the Yul body: the challenges, each a hash of what was said since the one
 * before and of that one.
 * @module
 */
import { slotAt } from "../memory.ts";
import { field, hex, store } from "./text.ts";
import { fieldAt } from "../memory.ts";

/** Draws the eight challenges. */
export const CHALLENGES = `
{
  let size := ${field("adviceBytes")}
  let h := keccak256(${field("said")}, add(0x20, add(shl(5, ${field("instances")}), size)))
  ${store("theta", "mod(h, r)")}
  let at := add(${field("proof")}, size)
  let round := ${hex(fieldAt("rounds"))}
  for { let slot := ${hex(slotAt("beta"))} } lt(slot, ${hex(slotAt("mu") + 32)}) { slot := add(slot, 0x20) } {
    size := shr(240, mload(round))
    round := add(round, 2)
    switch size
    case 0 {
      // Two challenges in a row would be hashes of the same 32 bytes, so a byte is put behind them.
      mstore(0, h)
      mstore8(0x20, 1)
      h := keccak256(0, 0x21)
    }
    default {
      // The last challenge stands before what was said since, for as long as it takes to hash both.
      let before := sub(at, 0x20)
      let kept := mload(before)
      mstore(before, h)
      h := keccak256(before, add(size, 0x20))
      mstore(before, kept)
      at := add(at, size)
    }
    mstore(slot, mod(h, r))
  }
}`;
