/**
 * Operations element by element as TensorFlow.js has them.
 * @module
 */
import type { Reference } from "../references.ts";
import { tf } from "./tensorflow.ts";

const truth = (compare: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Reference => ([a, b]) =>
  tf.cast(compare(a, b), "float32");

/** Its gradients are not summed where it repeats an input. */
const repeated = (of: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Reference => ([a, b]) =>
  of(tf.add(a, tf.zerosLike(b)), tf.add(b, tf.zerosLike(a)));

const truncated = (x: tf.Tensor): tf.Tensor => tf.mul(tf.sign(x), tf.floor(tf.abs(x)));

/** By the name of the operation. */
export const elements: Readonly<Record<string, Reference>> = {
  Add: ([a, b]) => tf.add(a, b),
  Sub: ([a, b]) => tf.sub(a, b),
  Mul: ([a, b]) => tf.mul(a, b),
  Div: ([a, b]) => tf.div(a, b),
  Pow: ([a, b]) => tf.pow(a, b),
  Neg: ([x]) => tf.neg(x),
  Exp: ([x]) => tf.exp(x),
  Log: ([x]) => tf.log(x),
  Sqrt: ([x]) => tf.sqrt(x),
  Abs: ([x]) => tf.abs(x),
  Max: repeated(tf.maximum),
  Min: repeated(tf.minimum),
  Where: ([condition, a, b]) => tf.where(tf.cast(condition, "bool"), a, b),
  Equal: truth(tf.equal),
  Greater: truth(tf.greater),
  GreaterOrEqual: truth(tf.greaterEqual),
  Less: truth(tf.less),
  LessOrEqual: truth(tf.lessEqual),
  And: ([a, b]) => truth(tf.logicalAnd)([a.cast("bool"), b.cast("bool")], null),
  Or: ([a, b]) => truth(tf.logicalOr)([a.cast("bool"), b.cast("bool")], null),
  Xor: ([a, b]) => truth(tf.logicalXor)([a.cast("bool"), b.cast("bool")], null),
  Not: ([x]) => tf.cast(tf.logicalNot(x.cast("bool")), "float32"),
  Floor: ([x]) => tf.floor(x),
  Ceil: ([x]) => tf.ceil(x),
  Round: ([x]) => tf.round(x),
  Trunc: ([x]) => truncated(x),
  Sign: ([x]) => tf.sign(x),
  IsNaN: ([x]) => tf.cast(tf.isNaN(x), "float32"),
  IsInf: ([x]) => tf.cast(tf.isInf(x), "float32"),
  Mod: ([a, b]) => tf.sub(a, tf.mul(b, truncated(tf.div(a, b)))),
  Remainder: ([a, b]) => tf.sub(a, tf.mul(b, tf.floor(tf.div(a, b)))),
  Sin: ([x]) => tf.sin(x),
  Cos: ([x]) => tf.cos(x),
  Tan: ([x]) => tf.tan(x),
  Asin: ([x]) => tf.asin(x),
  Acos: ([x]) => tf.acos(x),
  Atan: ([x]) => tf.atan(x),
  Sinh: ([x]) => tf.sinh(x),
  Cosh: ([x]) => tf.cosh(x),
  Asinh: ([x]) => tf.asinh(x),
  Acosh: ([x]) => tf.acosh(x),
  Atanh: ([x]) => tf.atanh(x),
  Reciprocal: ([x]) => tf.reciprocal(x),
};
