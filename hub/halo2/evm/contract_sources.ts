/**
 * The contracts as Yul objects. Each is compiled once, for all circuits: what differs from
 * circuit to circuit lies behind its code, or in another contract.
 * @module
 */
import { DATA, fieldAt } from "./memory.ts";
import { SELECTOR, SELECTOR_WITH_KEY } from "./selectors.ts";
import { verifierBody } from "./yul/body.ts";
import { hex } from "./yul/text.ts";

/** A call with ether or of another function is refused. */
function only(selector: number): string {
  return `if or(callvalue(), sub(shr(224, calldataload(0)), ${hex(selector)})) { revert(0, 0) }`;
}

/** Copies the data of a circuit from the contract that the call names, behind a byte that no code begins with. */
export const LOAD_KEY = `
let key := calldataload(4)
let size := extcodesize(key)
// An address alone, of a contract that has a circuit's data and no more.
if or(shr(160, key), iszero(size)) { revert(0, 0) }
extcodecopy(key, ${hex(DATA)}, 1, sub(size, 1))
if sub(size, add(1, shr(240, mload(${hex(fieldAt("dataBytes"))})))) { revert(0, 0) }`;

/** Goes on with a call where two contracts have the codes that they should, with the circuit's data named. */
export const FORWARD = `if lt(calldatasize(), 0x44) { revert(0, 0) }
if iszero(and(eq(extcodehash(verifier), verifierHash), eq(extcodehash(key), keyHash))) { revert(0, 0) }
mstore(0x00, ${hex(SELECTOR_WITH_KEY)})
mstore(0x20, key)
// One argument more stands before what the other two's offsets name.
mstore(0x40, add(calldataload(0x04), 0x20))
mstore(0x60, add(calldataload(0x24), 0x20))
let size := sub(calldatasize(), 0x44)
calldatacopy(0x80, 0x44, size)
if iszero(staticcall(gas(), verifier, 0x1c, add(size, 0x64), 0x00, 0x20)) { revert(0, 0) }
if iszero(and(eq(returndatasize(), 0x20), eq(mload(0x00), 1))) { revert(0, 0) }
return(0x00, 0x20)`;

/** The contracts, by the names of their runtime codes. */
export const CONTRACT_SOURCES = {
  /** One contract: the circuit's data are behind its code. */
  whole: object(`
codecopy(${hex(DATA)}, datasize("Contract"), sub(codesize(), datasize("Contract")))
${only(SELECTOR)}
${verifierBody(4)}`),

  /** A verifier for all circuits: the call names a contract of a circuit's data. */
  reusable: object(`
${only(SELECTOR_WITH_KEY)}
{${indented(LOAD_KEY)}
}
${verifierBody(0x24)}`),

  /**
   * One circuit's verifier before a reusable one. Behind its code are the two contracts' addresses and hashes:
   * both are compared at every call, and the call goes on with the circuit's contract named.
   */
  pinned: object(`
${only(SELECTOR)}
codecopy(0x00, datasize("Contract"), 0x80)
let verifier := mload(0x00)
let key := mload(0x20)
let verifierHash := mload(0x40)
let keyHash := mload(0x60)
${FORWARD}`),
} as const;

/** The name of a contract. */
export type ContractName = keyof typeof CONTRACT_SOURCES;

function object(code: string): string {
  return `object "Contract" {\n  code {${indented(indented(code))}\n  }\n}\n`;
}

function indented(text: string): string {
  return text.replaceAll(/\n(?=[^\n])/g, "\n  ");
}
