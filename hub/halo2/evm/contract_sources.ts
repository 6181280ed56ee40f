/**
 * The contracts as Yul objects: the program that is compiled once, for all circuits.
 * @module
 */
import { DATA } from "./memory.ts";
import { verifierBody } from "./yul/body.ts";
import { hex } from "./yul/text.ts";

/** A contract that has its circuit's data behind its code. */
export const ONE_CONTRACT = `object "Verifier" {
  code {
    let code_ := datasize("Verifier")
    codecopy(${hex(DATA)}, code_, sub(codesize(), code_))
    if or(callvalue(), sub(shr(224, calldataload(0)), 0x1e8e1e13)) { revert(0, 0) }
    {
      ${verifierBody(4)}
    }
  }
}`;
