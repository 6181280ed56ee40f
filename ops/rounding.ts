/**
 * Whole numbers beside a number, and its sign, element by element. Between jumps they are flat, so no gradient flows.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import { ArgumentError } from "../core/base/errors.ts";
import type { Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OnnxNode, OpDefinition } from "../core/graph/op.ts";
import { activation, of, unary } from "./activation.ts";
import { ne } from "./compare.ts";

function rounding(name: string, expression: string): OpDefinition<null> {
  return activation({
    name,
    forward: of(`${name.toLowerCase()}_of`, `select(${expression}, x, ${isNan("x")})`),
    backward: null,
  });
}

/** The operation; shapes: any, kept. */
export const FloorOp: OpDefinition<null> = rounding("Floor", "floor(x)");
/** The operation; shapes: any, kept. */
export const CeilOp: OpDefinition<null> = rounding("Ceil", "ceil(x)");
/** The operation; shapes: any, kept. */
export const RoundOp: OpDefinition<null> = rounding("Round", "round(x)");
/** The operation; shapes: any, kept. */
export const SignOp: OpDefinition<null> = rounding("Sign", "select(select(0.0, 1.0, x > 0.0), -1.0, x < 0.0)");

/** The operation; shapes: any, kept. What ONNX has for it are casts to integers and back. */
export const TruncOp: OpDefinition<null> = activation({
  name: "Trunc",
  forward: of("trunc_of", `select(trunc(x), x, ${isNan("x")})`),
  backward: null,
  writeOnnx: (_, to) => [to.node("Mul", [to.node("Sign", to.inputs), to.node("Floor", [to.node("Abs", to.inputs)])])],
  readOnnx: { Cast: cast, CastLike: cast },
});

/** Numbers are 32-bit floats here whatever a file says, truths are 0 and 1, and what becomes whole is cut off. */
function cast(node: OnnxNode): Value {
  const [from, to] = [node.type(0), node.type(-1)];
  const x = node.input(0);
  if (to === "BOOL") return from === "BOOL" ? x : ne(x, 0);
  const isFloat = (type: string | null): boolean => type !== null && /FLOAT|DOUBLE/.test(type);
  if (to === null || !isFloat(to) && !/^U?INT\d+$/.test(to)) {
    throw new ArgumentError(`it makes ${to ?? "an unknown type"}, expected a type of numbers; export the model again`);
  }
  return isFloat(from) && !isFloat(to) ? trunc(x) : x;
}

/** The greatest whole number that is not above `x`, element by element. Any shape, kept. */
export function floor(x: Value): Value {
  checkArguments("floor()", arguments, 1);
  return unary(FloorOp, x, null);
}

/** The least whole number that is not below `x`, element by element. Any shape, kept. */
export function ceil(x: Value): Value {
  checkArguments("ceil()", arguments, 1);
  return unary(CeilOp, x, null);
}

/** The nearest whole number, of two the even one, element by element. Any shape, kept. */
export function round(x: Value): Value {
  checkArguments("round()", arguments, 1);
  return unary(RoundOp, x, null);
}

/** The whole number next to `x` towards 0, element by element. Any shape, kept. */
export function trunc(x: Value): Value {
  checkArguments("trunc()", arguments, 1);
  return unary(TruncOp, x, null);
}

/** 1 above 0, -1 below and 0 at 0, element by element. Any shape, kept. */
export function sign(x: Value): Value {
  checkArguments("sign()", arguments, 1);
  return unary(SignOp, x, null);
}
