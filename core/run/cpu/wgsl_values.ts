/**
 * What formulas are made of on the CPU: values and their components, and the instructions of WGSL's operators.
 * @module
 */
import { ArgumentError } from "../../base/errors.ts";
import { type Code, f32x4, i32, i32x4, type Instruction, v128 } from "../../wasm/code.ts";
import { exp, log, tanh, type VectorFunction } from "../../wasm/math.ts";
import type { Expression } from "./wgsl_parse.ts";

/** The types of components; `int` is a whole number that is not yet of any type. */
export type Scalar = "f32" | "i32" | "u32" | "bool" | "int";

/** A component: code that leaves it, free of effects; wide where it is four numbers. */
export interface Cell {
  /** The code. */
  readonly code: Code;
  /** Whether it leaves a v128; else an i32. */
  readonly wide: boolean;
}

/** A value: one component, or those of a vector. */
export interface Operand {
  /** The type of its components. */
  readonly type: Scalar;
  /** Its components. */
  readonly cells: readonly Cell[];
}

/** One component that is four numbers. */
export const wide = (code: Code, type: Scalar = "f32"): Operand => ({ type, cells: [{ code, wide: true }] });
/** One component that is one whole number. */
export const narrow = (code: Code, type: Scalar = "u32"): Operand => ({ type, cells: [{ code, wide: false }] });

/** WGSL's functions of one float. */
export const MATH: Readonly<Record<string, VectorFunction>> = {
  exp,
  log,
  tanh,
  sqrt: (_, x) => f32x4.sqrt(x),
  floor: (_, x) => f32x4.floor(x),
  ceil: (_, x) => f32x4.ceil(x),
  round: (_, x) => f32x4.nearest(x),
  trunc: (_, x) => f32x4.trunc(x),
  inverseSqrt: (f, x) => f32x4.div(f.float(1), f32x4.sqrt(x)),
};

type Table = Readonly<Record<string, Instruction | undefined>>;
const FLOATS: Table = {
  "+": f32x4.add,
  "-": f32x4.sub,
  "*": f32x4.mul,
  "/": f32x4.div,
  "==": f32x4.eq,
  "!=": f32x4.ne,
  "<": f32x4.lt,
  ">": f32x4.gt,
  "<=": f32x4.le,
  ">=": f32x4.ge,
  // As WGSL says: the second where it is less, or greater, else the first, which may be NaN.
  min: f32x4.pmin,
  max: f32x4.pmax,
};
const WIDE: Table = {
  "+": i32x4.add,
  "-": i32x4.sub,
  "*": i32x4.mul,
  "&": v128.and,
  "|": v128.or,
  "^": v128.xor,
  "==": i32x4.eq,
  "!=": i32x4.ne,
};
const WIDE_SIGNED: Table = {
  ...WIDE,
  "<": i32x4.lt_s,
  ">": i32x4.gt_s,
  "<=": i32x4.le_s,
  ">=": i32x4.ge_s,
  min: i32x4.min_s,
  max: i32x4.max_s,
};
const WIDE_UNSIGNED: Table = {
  ...WIDE,
  "<": i32x4.lt_u,
  ">": i32x4.gt_u,
  "<=": i32x4.le_u,
  ">=": i32x4.ge_u,
  min: i32x4.min_u,
  max: i32x4.max_u,
};
const NARROW: Table = {
  "+": i32.add,
  "-": i32.sub,
  "*": i32.mul,
  "&": i32.and,
  "|": i32.or,
  "^": i32.xor,
  "<<": i32.shl,
  "==": i32.eq,
  "!=": i32.ne,
};
const NARROW_SIGNED: Table = {
  ...NARROW,
  "/": i32.div_s,
  "%": i32.rem_s,
  "<": i32.lt_s,
  ">": i32.gt_s,
  "<=": i32.le_s,
  ">=": i32.ge_s,
  ">>": i32.shr_s,
};
const NARROW_UNSIGNED: Table = {
  ...NARROW,
  "/": i32.div_u,
  "%": i32.rem_u,
  "<": i32.lt_u,
  ">": i32.gt_u,
  "<=": i32.le_u,
  ">=": i32.ge_u,
  ">>": i32.shr_u,
};
/** Operators that give conditions. */
export const COMPARES = new Set(["==", "!=", "<", ">", "<=", ">="]);
/** Constructors of vectors: the type and number of components. */
export const VECTORS: Readonly<Record<string, readonly [Scalar, number]>> = {
  vec2f: ["f32", 2],
  vec3f: ["f32", 3],
  vec4f: ["f32", 4],
  vec2u: ["u32", 2],
  vec3u: ["u32", 3],
  vec4u: ["u32", 4],
  vec2i: ["i32", 2],
  vec4i: ["i32", 4],
  "vec2<f32>": ["f32", 2],
  "vec4<f32>": ["f32", 4],
  "vec4<u32>": ["u32", 4],
  "vec2<bool>": ["bool", 2],
  "vec4<bool>": ["bool", 4],
};

/** The instruction of an operator between two numbers of a type, four at a time or one. */
export function instructionOf(operator: string, type: Scalar, isWide: boolean): Instruction | undefined {
  if (type === "f32") return FLOATS[operator];
  const signed = isSigned(type);
  if (isWide) return (signed ? WIDE_SIGNED : WIDE_UNSIGNED)[operator];
  return (signed ? NARROW_SIGNED : NARROW_UNSIGNED)[operator];
}

/** Whether whole numbers of a type have a sign. */
export function isSigned(type: Scalar): boolean {
  return type === "i32" || type === "int";
}

type NanTest = Expression & {
  readonly is: "binary";
  readonly left: { readonly left: Expression & { readonly is: "call" } };
};

/** Whether it is what `isNan()` of `core/graph/nan.ts` writes, for which the CPU has one instruction. */
export function isNanTest(expression: Expression): expression is NanTest {
  if (expression.is !== "binary" || expression.operator !== ">") return false;
  const { left, right } = expression;
  return right.is === "number" && right.value === 0x7f800000 && left.is === "binary" && left.operator === "&" &&
    left.right.is === "number" && left.right.value === 0x7fffffff && left.left.is === "call" &&
    left.left.name === "bitcast<u32>";
}

/** The type of two that meet: a whole number without a type is what the other is. */
export function meet(a: Scalar, b: Scalar): Scalar {
  return a === "int" ? b : a;
}

/** The number of an `i32.const`, or null. */
export function constantOf(code: Code): number | null {
  if (!Array.isArray(code) || code[0] !== 0x41) return null;
  const bytes = [code[1] as number | readonly number[]].flat();
  const value = bytes.reduce((sum, byte, k) => sum + BigInt(byte & 0x7f) * 128n ** BigInt(k), 0n);
  return Number(BigInt.asIntN(Math.min(32, 7 * bytes.length), value));
}

/** What a `bitcast<...>` gives. */
export function castType(name: string): Scalar {
  const inner = name.slice("bitcast<".length, -1);
  const [type] = VECTORS[inner] ?? [inner];
  return type as Scalar;
}

/** The error for what the CPU cannot compute. */
export function unreadable(what: string): ArgumentError {
  return new ArgumentError(
    `the CPU back end cannot compute this WGSL: ${what}; write it with functions, let, var, if, for and expressions, ` +
      'or train with device "gpu"',
  );
}
