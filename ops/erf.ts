/**
 * The error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to `x`; `dx = 2 / sqrt(pi) exp(-x^2) dy`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { isNan } from "../core/graph/nan.ts";
import { float, polynomial } from "../core/graph/wgsl.ts";
import { ERF_FAR, ERF_NEAR } from "../core/wasm/math.ts";
import { activation, back, unary } from "./activation.ts";

/** WGSL, which has no such function, of one with this name: a polynomial near 0, `1 - exp(polynomial)` further out. */
export function erfFunction(name: string): string {
  return `fn ${name}(x: f32) -> f32 {
  let size = min(abs(x), 4.0);
  let square = size * size;
  let near = ${polynomial("square", ERF_NEAR)} * size;
  let far = 1.0 - exp(${polynomial("size", ERF_FAR)});
  let some = select(far, near, size < 1.0);
  return select(select(some, -some, x < 0.0), x, ${isNan("x")});
}`;
}

/** The operation; shapes: any, kept. */
export const ErfOp: OpDefinition<null> = activation({
  name: "Erf",
  forward: { name: "erf", text: erfFunction("erf") },
  backward: back("erf_backward", "x", `dy * ${float(2 / Math.sqrt(Math.PI))} * exp(-x * x)`),
  from: "input",
});

/** The error function, element by element, within 3e-7. Any shape, kept. */
export function erf(x: Value): Value {
  checkArguments("erf()", arguments, 1);
  return unary(ErfOp, x, null);
}
