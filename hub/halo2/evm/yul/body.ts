/**
 * The Yul body of every verifier contract: one program for all circuits, driven by the
 * circuit's data.
 *
 * It is cut into functions of few variables that share numbers by memory, because the EVM
 * reaches sixteen values of its stack and no more. Most have a `leave` in them: solc's
 * optimiser puts every other function that is called once in the place of its call, and then
 * lacks the sixteen.
 * @module
 */
import { calldataFunctions } from "./calldata.ts";
import { CHALLENGES } from "./challenges.ts";
import { GATES, SELECTORS } from "./gates.ts";
import { LOOKUPS } from "./lookups.ts";
import { OPENING } from "./opening.ts";
import { PERMUTATION } from "./permutation.ts";
import { ROWS } from "./rows.ts";
import { load, store, word } from "./text.ts";

/** The body, for a circuit's data in memory; `head` is where the arguments' offsets begin in the call data. */
export function verifierBody(head: number): string {
  const sum = "addLookups(addProducts(addEnds(allGates())))";
  return `takeCalldata()
if iszero(pointsAreSound()) { revert(0, 0) }
drawChallenges()
sumBlinding()
sumInstances()
keepDistances()
invertAll()
keepRows()
keepSelectors()
${store("quotientValue", `mulmod(${sum}, ${load("inverseVanishing")}, ${word("r")})`)}
let sound := and(zerosAreZero(), addGroups())
if iszero(and(sound, opens())) { revert(0, 0) }
mstore(0x00, 1)
return(0x00, 0x20)
${[calldataFunctions(head), CHALLENGES, ROWS, SELECTORS, GATES, PERMUTATION, LOOKUPS, OPENING].join("\n")}
`;
}
