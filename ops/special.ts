/**
 * Which numbers are none, and which are infinite: 1 for those, else 0. No gradient flows.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { activation, of, unary } from "./activation.ts";
import { asNumbers, logicalAnd } from "./logic.ts";
import { gt, lt } from "./compare.ts";

/** The operation; shapes: any, kept. */
export const IsNaNOp: OpDefinition<null> = activation({
  name: "IsNaN",
  forward: of("is_nan", `select(0.0, 1.0, ${isNan("x")})`),
  backward: null,
  writeOnnx: (_, to) => [asNumbers(to, to.node("IsNaN", to.inputs))],
  readOnnx: { IsNaN: (node) => isnan(node.input(0)) },
});

/** The operation; shapes: any, kept. */
export const IsInfOp: OpDefinition<null> = activation({
  name: "IsInf",
  forward: of("is_inf", "select(0.0, 1.0, (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u)"),
  backward: null,
  writeOnnx: (_, to) => [asNumbers(to, to.node("IsInf", to.inputs, { detect_negative: 1, detect_positive: 1 }))],
  readOnnx: {
    IsInf(node) {
      const x = node.input(0);
      const [below, above] = ["detect_negative", "detect_positive"].map((name) => node.number(name, 1) !== 0);
      if (below && above) return isinf(x);
      return logicalAnd(isinf(x), below ? lt(x, 0) : above ? gt(x, 0) : isnan(x));
    },
  },
});

/** 1 where `x` is no number, else 0. Any shape, kept. */
export function isnan(x: Value): Value {
  checkArguments("isnan()", arguments, 1);
  return unary(IsNaNOp, x, null);
}

/** 1 where `x` is infinite, else 0. Any shape, kept. */
export function isinf(x: Value): Value {
  checkArguments("isinf()", arguments, 1);
  return unary(IsInfOp, x, null);
}
