/**
 * The Yul body of every verifier contract: one program for all circuits, driven by the
 * circuit's data.
 *
 * It is cut into blocks that share only the modulus and the sum of the constraints, because
 * the EVM reaches sixteen values of its stack and no more.
 * @module
 */
import { calldataPart, ON_CURVE } from "./calldata.ts";
import { CHALLENGES } from "./challenges.ts";
import { GATES, SELECTORS } from "./gates.ts";
import { COLUMN_MEANT, FOLD, LOOKUPS } from "./lookups.ts";
import { ADD_TIMES, CHAIN, FOLD_RUNS, OPENING } from "./opening.ts";
import { PERMUTATION } from "./permutation.ts";
import { ROWS } from "./rows.ts";
import { load, store, word } from "./text.ts";

/** The body, for a circuit's data in memory; `head` is where the arguments' offsets begin in the call data. */
export function verifierBody(head: number): string {
  return `let r := ${word("r")}${calldataPart(head)}${CHALLENGES}${ROWS}${SELECTORS}
{
  let all := 0${indent(GATES)}${indent(PERMUTATION)}${indent(LOOKUPS)}
  ${store("quotientValue", `mulmod(all, ${load("inverseVanishing")}, r)`)}
}${OPENING}${ON_CURVE}${FOLD}${COLUMN_MEANT}${FOLD_RUNS}${CHAIN}${ADD_TIMES}
`;
}

function indent(text: string): string {
  return text.replaceAll(/\n(?=.)/g, "\n  ");
}
