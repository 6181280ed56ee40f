/**
 * Hyperbolic sine and cosine, and the inverses of the hyperbolic functions, by exponentials and logarithms; near 0,
 * where these lose digits, by their series.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float, polynomial } from "../core/graph/wgsl.ts";
import { activation, back, of, unary } from "./activation.ts";

function hyperbolic(
  name: string,
  body: string,
  backward: string,
  range: readonly [number, number],
): OpDefinition<null> {
  const fn = name.toLowerCase();
  return activation({
    name,
    forward: of(`${fn}_of`, `${body};\n  return select(y, x, ${isNan("x")});`),
    backward: back(`${fn}_backward`, "x", backward),
    from: "input",
    range,
  });
}

/** The operation; shapes: any, kept. */
export const SinhOp: OpDefinition<null> = hyperbolic(
  "Sinh",
  `  let e = exp(abs(x));
  let far = 0.5 * (e - 1.0 / e);
  let near = x * ${polynomial("(x * x)", [1 / 5040, 1 / 120, 1 / 6, 1])};
  let y = select(select(far, -far, x < 0.0), near, abs(x) < 0.5)`,
  "dy * 0.5 * (exp(x) + exp(-x))",
  [-3, 3],
);
/** The operation; shapes: any, kept. */
export const CoshOp: OpDefinition<null> = hyperbolic(
  "Cosh",
  "  let y = 0.5 * (exp(x) + exp(-x))",
  "dy * 0.5 * (exp(x) - exp(-x))",
  [-3, 3],
);
/** The operation; shapes: any, kept. */
export const AsinhOp: OpDefinition<null> = hyperbolic(
  "Asinh",
  `  let size = abs(x);
  let far = log(size + sqrt(size * size + 1.0));
  let farther = log(size) + ${float(Math.LN2)};
  let near = x * ${polynomial("(x * x)", [-15 / 336, 3 / 40, -1 / 6, 1])};
  let some = select(far, farther, size > 1e8);
  let y = select(select(some, -some, x < 0.0), near, size < 0.25)`,
  "dy * inverseSqrt(x * x + 1.0)",
  [-5, 5],
);
/** The operation; shapes: any, kept. */
export const AcoshOp: OpDefinition<null> = hyperbolic(
  "Acosh",
  `  let far = log(x) + ${float(Math.LN2)};
  let y = select(log(x + sqrt((x - 1.0) * (x + 1.0))), far, x > 1e8)`,
  "dy * inverseSqrt((x - 1.0) * (x + 1.0))",
  [1.5, 5],
);
/** The operation; shapes: any, kept. */
export const AtanhOp: OpDefinition<null> = hyperbolic(
  "Atanh",
  `  let far = 0.5 * log((1.0 + x) / (1.0 - x));
  let near = x * ${polynomial("(x * x)", [1 / 9, 1 / 7, 1 / 5, 1 / 3, 1])};
  let y = select(far, near, abs(x) < 0.25)`,
  "dy / ((1.0 - x) * (1.0 + x))",
  [-0.9, 0.9],
);

/** The hyperbolic sine, element by element. Any shape, kept. */
export function sinh(x: Value): Value {
  checkArguments("sinh()", arguments, 1);
  return unary(SinhOp, x, null);
}

/** The hyperbolic cosine, element by element. Any shape, kept. */
export function cosh(x: Value): Value {
  checkArguments("cosh()", arguments, 1);
  return unary(CoshOp, x, null);
}

/** The inverse of the hyperbolic sine, element by element. Any shape, kept. */
export function asinh(x: Value): Value {
  checkArguments("asinh()", arguments, 1);
  return unary(AsinhOp, x, null);
}

/** The inverse of the hyperbolic cosine, from 1 on, element by element. Any shape, kept. */
export function acosh(x: Value): Value {
  checkArguments("acosh()", arguments, 1);
  return unary(AcoshOp, x, null);
}

/** The inverse of the hyperbolic tangent, between -1 and 1, element by element. Any shape, kept. */
export function atanh(x: Value): Value {
  checkArguments("atanh()", arguments, 1);
  return unary(AtanhOp, x, null);
}
