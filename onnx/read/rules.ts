/**
 * What is known of ONNX's operators: how each is written in one form for all opsets,
 * what shapes it makes, and what it makes of constants. Nothing here says what
 * engine or circuit can compute.
 * @module
 */
import type { Rule } from "./call.ts";
import { ELEMENTWISE } from "./rules/elementwise.ts";
import { MAKERS } from "./rules/makers.ts";
import { MOVES } from "./rules/moves.ts";
import { PRODUCTS } from "./rules/products.ts";
import { REDUCTIONS } from "./rules/reductions.ts";
import { PASSING, RESHAPES } from "./rules/reshapes.ts";
import { WINDOWS } from "./rules/windows.ts";

const RULES: ReadonlyMap<string, Rule> = new Map(
  [ELEMENTWISE, MAKERS, MOVES, PASSING, PRODUCTS, REDUCTIONS, RESHAPES, WINDOWS].flatMap(Object.entries<Rule>),
);

const NONE: Rule = {};

/** The rule of an operator of ONNX's own at an opset; an empty one where nothing is known of it. */
export function ruleOf(opType: string, opset: number): Rule {
  // In its first form a Resize took what an Upsample had taken.
  return RULES.get(opType === "Resize" && opset < 11 ? "Upsample" : opType) ?? NONE;
}
