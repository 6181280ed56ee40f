/**
 * What is left of `a` when whole multiples of `b` are taken away: with the sign of `a` (`fmod`) or of `b`
 * (`remainder`); `da = dy`, `db = -dy q`, `q` being how many were taken.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpCase, OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { div } from "./div.ts";
import { mul } from "./mul.ts";
import { round } from "./rounding.ts";
import { sub } from "./sub.ts";

/** The body of a function `(a, b)`; a quotient may be one off, as its division is rounded. */
const body = (name: string, result: string): string =>
  `fn ${name}(a: f32, b: f32) -> f32 {
  let size = abs(b);
  let first = abs(a) - size * floor(abs(a) / size);
  let lower = select(first, first + size, first < 0.0);
  let left = select(lower, lower - size, lower >= size);
  let signed = select(left, -left, a < 0.0);
  return ${result};
}`;

/** `db`: the gradient times minus the number of multiples. */
function taken(dy: Value, a: Value, b: Value, y: Value): Value {
  return mul(dy, round(div(sub(y, a), b)));
}

const CASES: readonly OpCase<null>[] = [
  { name: "twice each", inputs: [[2, 3, 5], [3, 5]], attributes: null, ranges: [[3.3, 3.6], [1.25, 1.6]] },
  { name: "of any sign", inputs: [[11, 4], [4]], attributes: null, ranges: [[-9, 9], [-3, 3]], flat: [0, 1] },
  {
    name: "whole numbers",
    inputs: [[9, 5], [1]],
    attributes: null,
    ranges: [[-9, 9], [1.5, 2]],
    whole: { 0: 9 },
    flat: [1],
  },
];

/** The operation: two tensors that broadcast; the sign of the first. */
export const ModOp: OpDefinition<null> = binaryOp({
  name: "Mod",
  called: "fmod()",
  fn: { name: "fmod_of", text: body("fmod_of", "signed") },
  gradient: (dy, { inputs: [a, b], outputs: [y] }) => [dy, taken(dy, a, b, y)],
  writeOnnx: (_, to) => [to.node("Mod", to.inputs, { fmod: 1 })],
  readOnnx: {
    Mod: (node) => (node.number("fmod", 0) === 1 ? fmod : remainder)(node.input(0), node.input(1)),
  },
  cases: CASES,
  only: true,
});

/** The operation: two tensors that broadcast; the sign of the second. */
export const RemainderOp: OpDefinition<null> = binaryOp({
  name: "Remainder",
  called: "remainder()",
  fn: {
    name: "remainder_of",
    text: body("remainder_of", "select(signed, signed + b, signed != 0.0 && (signed < 0.0) != (b < 0.0))"),
  },
  gradient: (dy, { inputs: [a, b], outputs: [y] }) => [dy, taken(dy, a, b, y)],
  // ONNX has it for integers alone.
  writeOnnx(_, to) {
    const [a, b] = to.inputs;
    const fmod = to.node("Mod", [a, b], { fmod: 1 });
    return [to.node("Mod", [to.node("Add", [fmod, b]), b], { fmod: 1 })];
  },
  readOnnx: {},
  cases: CASES,
  only: true,
});

/** What is left of `a` divided by `b`, with the sign of `a`. Either may be a number; shapes broadcast as in PyTorch. */
export function fmod(a: Value | number, b: Value | number): Value {
  checkArguments("fmod()", arguments, 2);
  return applyBinary(ModOp, "fmod()", a, b);
}

/** What is left of `a` divided by `b`, with the sign of `b`. Either may be a number; shapes broadcast as in PyTorch. */
export function remainder(a: Value | number, b: Value | number): Value {
  checkArguments("remainder()", arguments, 2);
  return applyBinary(RemainderOp, "remainder()", a, b);
}
