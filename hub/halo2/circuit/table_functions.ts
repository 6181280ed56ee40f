/**
 * What the tables hold: x / s through a function in 64-bit floats, times s, rounded half
 * away from zero.
 * @module
 */
import type { LookupOp, ScaledLookup } from "../../ezkl/format/circuit.ts";
import { erf } from "./erf.ts";
import { roundAway } from "./round_away.ts";

const functions: Record<Exclude<ScaledLookup, "PowersOfTwo">, (x: number) => number> = {
  Ln: Math.log,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Cos: Math.cos,
  ACos: Math.acos,
  Cosh: Math.cosh,
  ACosh: Math.acosh,
  Sin: Math.sin,
  ASin: Math.asin,
  Sinh: Math.sinh,
  ASinh: Math.asinh,
  Tan: Math.tan,
  ATan: Math.atan,
  Tanh: Math.tanh,
  ATanh: Math.atanh,
  Erf: erf,
  HardSwish: (x) => x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6,
};

/** Results are 128-bit integers, and where those end they stay at the end; what is no number is 0. */
function toInteger(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.max(-(2 ** 127), Math.min(2 ** 127, roundAway(x)));
}

/** The function from a table's whole input to its whole output. */
export function lookupFunction(op: LookupOp): (x: number) => number {
  // What the file keeps is a 32-bit float.
  switch (op.name) {
    case "Div": {
      const denom = Math.fround(op.denom);
      return (x) => toInteger(x / denom);
    }
    case "IsOdd":
      return (x) => Math.abs(x % 2);
    case "Exp": {
      const scale = Math.fround(op.scale);
      const base = Math.fround(op.base);
      return (x) => toInteger(scale * base ** (x / scale));
    }
    case "Pow": {
      const scale = Math.fround(op.scale);
      const a = Math.fround(op.a);
      return (x) => toInteger(scale * (x / scale) ** a);
    }
    case "PowersOfTwo": {
      // The only one whose input has no scale.
      const scale = Math.fround(op.scale);
      return (x) => toInteger(scale * 2 ** x);
    }
    case "Sigmoid": {
      // One division, as the engine has it: s / (1 + e^-x) rounds otherwise than s times its inverse.
      const scale = Math.fround(op.scale);
      return (x) => toInteger(scale / (1 + Math.exp(-x / scale)));
    }
    default: {
      const scale = Math.fround(op.scale);
      const f = functions[op.name];
      return (x) => toInteger(scale * f(x / scale));
    }
  }
}
