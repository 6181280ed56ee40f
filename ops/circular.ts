/**
 * Sine, cosine, tangent and their inverses, of angles in radians. WGSL promises little of its own ones, so they are
 * made here: an angle is brought near 0 by whole half turns, then the series of the sine does; an arc tangent is
 * brought below that of an eighth of a turn by `atan(x) = pi / 4 + atan((x - 1) / (x + 1))` and `pi / 2 - atan(1 / x)`.
 * @module
 */
import { checkArguments } from "../core/base/arguments.ts";
import type { Value } from "../core/graph/graph.ts";
import { isNan } from "../core/graph/nan.ts";
import type { OpDefinition } from "../core/graph/op.ts";
import { float, polynomial, type WgslFunction } from "../core/graph/wgsl.ts";
import { activation, back, of, unary } from "./activation.ts";

/** Pi in three parts, of which multiples of the first two are exact. */
const HIGH = Math.floor(Math.PI * 2 ** 6) / 2 ** 6;
const MIDDLE = Math.floor((Math.PI - HIGH) * 2 ** 22) / 2 ** 22;
const LOW = Math.PI - HIGH - MIDDLE;

/** Coefficients of a series in the square, from the highest power down: `sin(x) / x` and `atan(x) / x`. */
const SINE = [6, 5, 4, 3, 2, 1, 0].map((k) =>
  (-1) ** k / Array.from({ length: 2 * k + 1 }, (_, n) => n + 1).reduce((a, b) => a * b, 1)
);
const ARC = [7, 6, 5, 4, 3, 2, 1, 0].map((k) => (-1) ** k / (2 * k + 1));

const series = (x: string): string => `${x} * ${polynomial(`(${x} * ${x})`, SINE)}`;

/** Statements that leave the sine and cosine of `x` as `sine` and `cosine`. */
const TURN = `  let turns = round(x * ${float(1 / Math.PI)});
  let angle = x - turns * ${float(HIGH)} - turns * ${float(MIDDLE)} - turns * ${float(LOW)};
  let half = turns * 0.5;
  let side = select(1.0, -1.0, floor(half) != half);
  let rest = ${float(Math.PI / 2)} - abs(angle) + ${float(Math.PI / 2 - Math.fround(Math.PI / 2))};
  let sine = side * ${series("angle")};
  let cosine = side * ${series("rest")};
`;

/** The body of a function `x` that returns the arc tangent of `of`, or what `result` makes of it as `arc`. */
const arc = (of: string, result = "arc"): string =>
  `  let tangent = ${of};
  let size = abs(tangent);
  let far = size > ${float(Math.tan(3 * Math.PI / 8))};
  let middle = size > ${float(Math.tan(Math.PI / 8))};
  let t = select(select(size, (size - 1.0) / (size + 1.0), middle), -1.0 / size, far);
  let start = select(select(0.0, ${float(Math.PI / 4)}, middle), ${float(Math.PI / 2)}, far);
  let near = start + t * ${polynomial("(t * t)", ARC)};
  let arc = select(near, -near, tangent < 0.0);
  return select(${result}, x, ${isNan("x")});`;

const SLOPE = "dy * inverseSqrt((1.0 - x) * (1.0 + x))";

function circular(
  name: string,
  forward: WgslFunction,
  backward: WgslFunction,
  range: readonly [number, number],
): OpDefinition<null> {
  return activation({ name, forward, backward, from: "input", range });
}

/** The operation; shapes: any, kept. */
export const SinOp: OpDefinition<null> = circular(
  "Sin",
  of("sin_of", `${TURN}  return sine;`),
  back("sin_backward", "x", `${TURN}  return dy * cosine;`),
  [-9, 9],
);
/** The operation; shapes: any, kept. */
export const CosOp: OpDefinition<null> = circular(
  "Cos",
  of("cos_of", `${TURN}  return cosine;`),
  back("cos_backward", "x", `${TURN}  return -dy * sine;`),
  [-9, 9],
);
/** The operation; shapes: any, kept. */
export const TanOp: OpDefinition<null> = circular(
  "Tan",
  of("tan_of", `${TURN}  return sine / cosine;`),
  back("tan_backward", "x", `${TURN}  return dy / (cosine * cosine);`),
  [-1.2, 1.2],
);
/** The operation; shapes: any, kept. */
export const AsinOp: OpDefinition<null> = circular(
  "Asin",
  of("asin_of", arc("x * inverseSqrt((1.0 - x) * (1.0 + x))")),
  back("asin_backward", "x", SLOPE),
  [-0.9, 0.9],
);
/** The operation; shapes: any, kept. */
export const AcosOp: OpDefinition<null> = circular(
  "Acos",
  of("acos_of", arc("x * inverseSqrt((1.0 - x) * (1.0 + x))", `${float(Math.PI / 2)} - arc`)),
  back("acos_backward", "x", `-${SLOPE}`),
  [-0.9, 0.9],
);
/** The operation; shapes: any, kept. */
export const AtanOp: OpDefinition<null> = circular(
  "Atan",
  of("atan_of", arc("x")),
  back("atan_backward", "x", "dy / (1.0 + x * x)"),
  [-5, 5],
);

/** The sine of `x` radians, element by element. Any shape, kept. */
export function sin(x: Value): Value {
  checkArguments("sin()", arguments, 1);
  return unary(SinOp, x, null);
}

/** The cosine of `x` radians, element by element. Any shape, kept. */
export function cos(x: Value): Value {
  checkArguments("cos()", arguments, 1);
  return unary(CosOp, x, null);
}

/** The tangent of `x` radians, element by element. Any shape, kept. */
export function tan(x: Value): Value {
  checkArguments("tan()", arguments, 1);
  return unary(TanOp, x, null);
}

/** The angle in radians whose sine is `x`, element by element. Any shape, kept. */
export function asin(x: Value): Value {
  checkArguments("asin()", arguments, 1);
  return unary(AsinOp, x, null);
}

/** The angle in radians whose cosine is `x`, element by element. Any shape, kept. */
export function acos(x: Value): Value {
  checkArguments("acos()", arguments, 1);
  return unary(AcosOp, x, null);
}

/** The angle in radians whose tangent is `x`, element by element. Any shape, kept. */
export function atan(x: Value): Value {
  checkArguments("atan()", arguments, 1);
  return unary(AtanOp, x, null);
}
