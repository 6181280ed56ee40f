/**
 * Comparisons, element by element: 1 where they hold and 0 where they do not, also for NaN. No gradient flows.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { applyBinary, binaryOp } from "./binary.ts";
import { asNumbers, logicalNot } from "./logic.ts";

function comparison(name: string, called: string, operator: string): OpDefinition<null> {
  const fn = `is_${name.toLowerCase()}`;
  return binaryOp({
    name,
    called,
    fn: { name: fn, text: `fn ${fn}(a: f32, b: f32) -> f32 { return select(0.0, 1.0, a ${operator} b); }` },
    gradient: () => null,
    writeOnnx: (_, to) => [asNumbers(to, to.node(name, to.inputs))],
    every: { whole: { 0: 3, 1: 3 } },
  });
}

/** The operation: two tensors that broadcast. */
export const EqualOp: OpDefinition<null> = comparison("Equal", "eq()", "==");
/** The operation: two tensors that broadcast. */
export const GreaterOp: OpDefinition<null> = comparison("Greater", "gt()", ">");
/** The operation: two tensors that broadcast. */
export const GreaterOrEqualOp: OpDefinition<null> = comparison("GreaterOrEqual", "ge()", ">=");
/** The operation: two tensors that broadcast. */
export const LessOp: OpDefinition<null> = comparison("Less", "lt()", "<");
/** The operation: two tensors that broadcast. */
export const LessOrEqualOp: OpDefinition<null> = comparison("LessOrEqual", "le()", "<=");

/** 1 where `a = b`, else 0. Either may be a number; shapes broadcast as in PyTorch. */
export function eq(a: Value | number, b: Value | number): Value {
  checkArguments("eq()", arguments, 2);
  return applyBinary(EqualOp, "eq()", a, b);
}

/** 0 where `a = b`, else 1. Either may be a number; shapes broadcast as in PyTorch. */
export function ne(a: Value | number, b: Value | number): Value {
  checkArguments("ne()", arguments, 2);
  return logicalNot(applyBinary(EqualOp, "ne()", a, b));
}

/** 1 where `a > b`, else 0. Either may be a number; shapes broadcast as in PyTorch. */
export function gt(a: Value | number, b: Value | number): Value {
  checkArguments("gt()", arguments, 2);
  return applyBinary(GreaterOp, "gt()", a, b);
}

/** 1 where `a >= b`, else 0. Either may be a number; shapes broadcast as in PyTorch. */
export function ge(a: Value | number, b: Value | number): Value {
  checkArguments("ge()", arguments, 2);
  return applyBinary(GreaterOrEqualOp, "ge()", a, b);
}

/** 1 where `a < b`, else 0. Either may be a number; shapes broadcast as in PyTorch. */
export function lt(a: Value | number, b: Value | number): Value {
  checkArguments("lt()", arguments, 2);
  return applyBinary(LessOp, "lt()", a, b);
}

/** 1 where `a <= b`, else 0. Either may be a number; shapes broadcast as in PyTorch. */
export function le(a: Value | number, b: Value | number): Value {
  checkArguments("le()", arguments, 2);
  return applyBinary(LessOrEqualOp, "le()", a, b);
}
