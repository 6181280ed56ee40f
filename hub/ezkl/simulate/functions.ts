/**
 * Functions of one number that the circuit computes without a table.
 * @module
 */
import type { HybridOp, PolyOp } from "../format/circuit.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { mustBeExact } from "./exact.ts";
import { quantize } from "./fixed_point.ts";
import { magnitude, type Recorder, type Values } from "./values.ts";

/** A function, and what to note and refuse before it is applied. */
export interface NumberFunction {
  /** The result. */
  f: (x: number) => number;
  /** Notes what the circuit checks; refuses what would not be exact. */
  check: (x: Values) => void;
}

/** The function of an operation made of additions and multiplications, or undefined. */
export function polyFunction(op: PolyOp, recorder: Recorder, where: string): NumberFunction | undefined {
  const signs = (x: Values) => recorder.decompose(magnitude(x));
  switch (op.name) {
    case "Neg":
      return { f: (x) => 0 - x, check: () => {} };
    case "Abs":
      return { f: Math.abs, check: signs };
    case "Sign":
      return { f: Math.sign, check: signs };
    case "Not":
      return { f: (x) => x === 0 ? 1 : 0, check: () => recorder.range(1) };
    case "LeakyReLU": {
      if (op.slope === 0) return { f: (x) => x > 0 ? x : 0, check: signs };
      const one = 2 ** op.scale;
      const slope = quantize(Math.fround(op.slope), op.scale);
      return {
        f: (x) => (x >= 0 ? x * one : x * slope) + 0,
        check: (x) => {
          mustBeExact(magnitude(x) * Math.max(one, Math.abs(slope)), where);
          signs(x);
        },
      };
    }
    case "Pow": {
      const { exponent } = op;
      return {
        f: (x) => x ** exponent + 0,
        check: (x) => mustBeExact(Math.max(1, magnitude(x)) ** exponent, where),
      };
    }
    default:
      return undefined;
  }
}

/** The function of an operation that mixes arithmetic with checks, or undefined. */
export function hybridFunction(op: HybridOp, recorder: Recorder): NumberFunction | undefined {
  const check = (x: Values) => recorder.decompose(magnitude(x));
  switch (op.name) {
    case "Sqrt": {
      const root = squareRoot(Math.fround(op.scale));
      return { f: root, check: (x) => recorder.decompose(rootDigits(root, x)) };
    }
    case "Recip":
      return {
        f: reciprocal(Math.fround(op.inputScale), Math.fround(op.outputScale)),
        check: (x) => recorder.decompose(productDigits(magnitude(x))),
      };
    case "Rsqrt": {
      const root = squareRoot(Math.fround(op.inputScale));
      const invert = reciprocal(Math.fround(op.inputScale), Math.fround(op.outputScale));
      return { f: (x) => invert(root(x)), check: (x) => recorder.decompose(rootDigits(root, x)) };
    }
    case "Ceil":
    case "Floor":
    case "Round": {
      const scale = Math.fround(op.scale);
      const f = roundings[op.name];
      return { f: (x) => f(x / scale) * scale + 0, check };
    }
    default:
      return undefined;
  }
}

const roundings = { Ceil: Math.ceil, Floor: Math.floor, Round: roundAway };

/** The circuit compares the squares of the root and its neighbours; they differ by 2y + 1. */
function rootDigits(root: (x: number) => number, x: Values): number {
  return 2 * root(x.high) + 2;
}

/** The circuit compares the products of x with the inverse and its neighbours; each is x from the next. */
function productDigits(x: number): number {
  return Math.ceil(1.5 * x) + 1;
}

function squareRoot(scale: number): (x: number) => number {
  // The engine turns what is no number into 0.
  return (x) => x < 0 ? 0 : roundAway(Math.sqrt(x / scale) * scale);
}

/** The engine adds the distance from 1 to the next float to stay clear of 1/0. */
function reciprocal(inputScale: number, outputScale: number): (x: number) => number {
  return (x) => roundAway(outputScale * (1 / (x / inputScale + Number.EPSILON)));
}
