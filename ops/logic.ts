/**
 * Logic, element by element: every number but 0 is true; results are 1 and 0. No gradient flows.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { graphOf, type Value } from "../core/graph/graph.ts";
import type { OnnxValue, OnnxWriter, OpDefinition } from "../core/graph/op.ts";
import { activation, of, unary } from "./activation.ts";
import { applyBinary, binaryOp } from "./binary.ts";

/** ONNX's numbers of the types FLOAT and BOOL. */
const [FLOAT, BOOL] = [1, 9];

/** A value as ONNX's type BOOL. */
export function asTruth(to: OnnxWriter, value: OnnxValue): OnnxValue {
  return to.node("Cast", [value], { to: BOOL });
}

/** A value of ONNX's type BOOL as 0 and 1. */
export function asNumbers(to: OnnxWriter, value: OnnxValue): OnnxValue {
  return to.node("Cast", [value], { to: FLOAT });
}

function write(name: string, to: OnnxWriter): readonly OnnxValue[] {
  return [asNumbers(to, to.node(name, to.inputs.map((value) => asTruth(to, value))))];
}

function logical(name: string, called: string, condition: string): OpDefinition<null> {
  const fn = `logical_${name.toLowerCase()}`;
  return binaryOp({
    name,
    called,
    fn: { name: fn, text: `fn ${fn}(a: f32, b: f32) -> f32 { return select(0.0, 1.0, ${condition}); }` },
    gradient: () => null,
    writeOnnx: (_, to) => write(name, to),
    every: { whole: { 0: 2, 1: 2 } },
  });
}

/** The operation: two tensors that broadcast. */
export const AndOp: OpDefinition<null> = logical("And", "logicalAnd()", "a != 0.0 && b != 0.0");
/** The operation: two tensors that broadcast. */
export const OrOp: OpDefinition<null> = logical("Or", "logicalOr()", "a != 0.0 || b != 0.0");
/** The operation: two tensors that broadcast. */
export const XorOp: OpDefinition<null> = logical("Xor", "logicalXor()", "(a != 0.0) != (b != 0.0)");

/** The operation; shapes: any, kept. */
export const NotOp: OpDefinition<null> = activation({
  name: "Not",
  forward: of("logical_not", "select(0.0, 1.0, x == 0.0)"),
  backward: null,
  writeOnnx: (_, to) => write("Not", to),
  readOnnx: { Not: (node) => logicalNot(node.input(0)) },
  cases: [
    { name: "images", inputs: [[2, 3, 5, 7]], attributes: null, whole: { 0: 2 } },
    { name: "one sample", inputs: [[1, 11]], attributes: null, whole: { 0: 3 } },
  ],
});

function both(op: OpDefinition<null>, called: string, a: Value, b: Value): Value {
  [a, b].forEach((value) => graphOf(called, value));
  return applyBinary(op, called, a, b);
}

/** 1 where both are something else than 0, else 0; shapes broadcast as in PyTorch. */
export function logicalAnd(a: Value, b: Value): Value {
  checkArguments("logicalAnd()", arguments, 2);
  return both(AndOp, "logicalAnd()", a, b);
}

/** 1 where at least one is something else than 0, else 0; shapes broadcast as in PyTorch. */
export function logicalOr(a: Value, b: Value): Value {
  checkArguments("logicalOr()", arguments, 2);
  return both(OrOp, "logicalOr()", a, b);
}

/** 1 where one of both is something else than 0, else 0; shapes broadcast as in PyTorch. */
export function logicalXor(a: Value, b: Value): Value {
  checkArguments("logicalXor()", arguments, 2);
  return both(XorOp, "logicalXor()", a, b);
}

/** 1 where `x` is 0, else 0. Any shape, kept. */
export function logicalNot(x: Value): Value {
  checkArguments("logicalNot()", arguments, 1);
  return unary(NotOp, x, null);
}
